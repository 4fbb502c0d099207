#pragma once

#include <cstdint>
#include <stop_token>

#include "backup/backup.hpp"
#include "backup/retention.hpp"
#include "config/settings.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// Notes that a backup or drill of the job could not even be begun: what keeps the store from being opened,
/// say. Not while another process runs it.
void note_failure(const config::Settings& settings, const config::Backup& backup, bool drill,
                  const Error& error);

struct JobOutcome {
  BackupReport backup;
  PruneReport pruned;
  std::int64_t tails_removed = 0;  ///< objects of shipped journals, whose bytes the backup holds now
};

struct JobOptions {
  bool full = false;       ///< take every file again, changed or not
  bool elsewhere = false;  ///< the store is not the configured one, of which alone facts are kept
  std::stop_token stop;
  Meter* meter = nullptr;        ///< who watches
  const Clock* clock = nullptr;  ///< none: the system's
};

/// Runs one job as it is configured, whoever asks: not while another process runs it, its facts kept, then
/// what its `keep` does not keep is removed. As run_backup(), blocks, and lowers the thread's priority.
Result<JobOutcome> run_job(const config::Settings& settings, const config::Backup& backup,
                           objects::ObjectStore& store, const JobOptions& options);

/// What a run_job() now would remove; changes nothing.
Result<PruneReport> foresee_removal(const config::Settings& settings, const config::Backup& backup,
                                    objects::ObjectStore& store, bool full);

}  // namespace steward::backup
