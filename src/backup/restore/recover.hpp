#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backup/meter.hpp"
#include "backup/ship/tail_restore.hpp"
#include "backup/stages/keys.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct RecoverOptions {
  std::string to;          ///< everything comes to lie below it under its whole old path
  std::string host;        ///< whose backups; empty: the only host that there is
  std::string until;       ///< nothing newer, a time_name() or its beginning; empty: the newest
  bool force = false;      ///< files that are there already are replaced
  bool links_out = false;  ///< make symbolic links that lead out of the folder, too
  bool owners = false;     ///< give files to their old owners; needs root
  bool dry_run = false;
  std::stop_token stop;
  Meter* meter = nullptr;  ///< who watches
};

struct RecoveredJob {
  std::string job;
  std::string time;  ///< of its backup; empty: there is none yet, only what was shipped
  std::int64_t files = 0, bytes = 0;
  bool failed = false;  ///< as RecoverReport::failed says
  TailsReport tails;    ///< in a dry run `bytes` are the objects'
};

/// A database whose dump came back as a file. A server has to load it: restore_database().
struct RecoveredDatabase {
  std::string job, time, name;
  std::string source;  ///< its old URL
  std::string dump;    ///< its path in the backup
};

struct RecoverReport {
  std::string host;
  std::vector<RecoveredJob> jobs;  ///< in the order in which they were restored
  std::vector<RecoveredDatabase> databases;
  std::string newest;               ///< everything written before this time is there
  std::vector<std::string> notes;   ///< what was passed over
  std::vector<std::string> failed;  ///< what of a job did not come back, a sentence each; the others did
  std::string config, state;        ///< below `to`; empty: in none of the jobs
  std::vector<std::string>
      missing;  ///< what the configuration names and `steward up` will miss, a sentence each
};

/// The jobs that a store holds something of.
Result<std::vector<std::string>> jobs_in(objects::ObjectStore& store);

/// Puts back all that a host backed up and shipped, from the store alone. Before anything is written it is
/// refused where a Steward runs on the state folder, where no key opens any job, and, unless forced, where a
/// file is there already. A job that is damaged, or that no key opens, keeps none of the others from coming
/// back; a store or a disk that gives out ends it.
Result<RecoverReport> recover(objects::ObjectStore& store, const std::vector<Identity>& identities,
                              const RecoverOptions& options);

}  // namespace steward::backup
