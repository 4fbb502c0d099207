#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backup/meter.hpp"
#include "backup/stages/keys.hpp"
#include "base/clock.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct RestoreOptions {
  std::string to;                 ///< the folder; files lie below it under their whole old path
  std::vector<std::string> only;  ///< old absolute paths of files and folders; none: everything
  bool force = false;             ///< into a folder that is not empty; files of the same name are replaced
  bool beside = false;            ///< into any folder, as long as no file of the backup is there
  bool links_out = false;         ///< make symbolic links that lead out of the folder, too
  bool owners = false;            ///< give files to their old owners; needs root
  bool dry_run = false;           ///< read the manifests, check, and write nothing
  std::int64_t leave_free = 0;    ///< bytes of the disk that must stay free
  std::stop_token stop;
  Meter* meter = nullptr;  ///< who watches
};

struct RestoreReport {
  std::string time;
  std::string host;  ///< that made the backup
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> from;  ///< the backups that the content came from
};

/// The newest complete backup of the job that began at or before `until`, a time_name() (empty: the newest of
/// all); Code::not_found when there is none.
Result<std::string> newest_backup(objects::ObjectStore& store, const std::string& job,
                                  std::string_view until = {});

/// Puts the files of one backup back. Succeeds only when every file is there with the hash of the manifest; a
/// file that is not takes no name. Refused before anything is written: a folder that is not empty, links that
/// lead out, more bytes than are free, a key that does not fit, objects that lie in an archive class (all of
/// them are named).
Result<RestoreReport> restore(objects::ObjectStore& store, const std::string& job, const std::string& time,
                              const std::vector<Identity>& identities, const RestoreOptions& options);

/// Whether a link at `path` with this target stays below the folder that `path` is relative to.
bool stays_inside(std::string_view path, std::string_view target);

}  // namespace steward::backup
