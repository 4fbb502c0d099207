#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// How many backups are kept: the newest `last`, and of the newest so many hours, days, weeks (from Monday),
/// months and years, all of UTC, that have a backup, the newest of each. All zero: everything is kept.
struct Keep {
  int last = 0;
  int hourly = 0;
  int daily = 0;
  int weekly = 0;
  int monthly = 0;
  int yearly = 0;
};

bool keeps_everything(const Keep& keep);

/// What retention knows of a complete backup.
struct BackupFact {
  std::string time;
  WallNs started = 0;
  std::vector<std::string> needs;  ///< the backups whose content it uses
  bool ours = false;               ///< written by this host
};

struct RetentionPlan {
  std::vector<std::string> keep;    ///< oldest first
  std::vector<std::string> remove;  ///< oldest first
};

/// What to keep and what to remove. Never removed: a backup that is not ours, the newest of ours, and one
/// that a kept backup needs. No I/O.
RetentionPlan plan_retention(const std::vector<BackupFact>& backups, const Keep& keep);

/// What killed backups leave is removed when nothing of it was written to for so long.
inline constexpr std::int64_t kUnfinishedAge = 48 * 3600 * kSecond;

struct PruneReport {
  std::vector<std::string> kept;
  std::vector<std::string> removed;     ///< or would be, in a dry run
  std::vector<std::string> unfinished;  ///< left by killed backups of this host, likewise
  std::vector<std::string> notes;
};

/// Applies the rule to a job's backups of this host, and clears up after killed ones. The newest go first, so
/// that none lacks what it needs at any moment; a folder is claimed before its manifest, the first thing to
/// go, is removed: a prune that is killed is completed by the next. No backup of the job runs meanwhile.
Result<PruneReport> prune(objects::ObjectStore& store, const std::string& job, const std::string& host,
                          const Keep& keep, WallNs now, bool dry_run);

/// What a prune() would remove once a backup has been made now, of nothing that has changed; `whole`: it
/// needs no older one in any case.
Result<PruneReport> foresee_prune(objects::ObjectStore& store, const std::string& job,
                                  const std::string& host, const Keep& keep, WallNs now, bool whole);

}  // namespace steward::backup
