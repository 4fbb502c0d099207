#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/lifecycle/bill.hpp"
#include "backup/retention.hpp"
#include "schedule/schedule.hpp"

namespace steward::backup {

/// One complete backup in the store.
struct KnownBackup {
  BackupFact fact;
  std::vector<LivedObject> objects;  ///< manifest and archives
};

/// What is known of a job and what it will go on doing.
struct JobHabits {
  std::vector<KnownBackup> backups;  ///< in the store, oldest first
  std::optional<schedule::Schedule> runs, drills;
  Keep keep;
  bool stands_alone = false;  ///< no backup of it needs another: all sources are databases
};

/// A job's next year: what lies in the store now, a backup at each moment of the schedule, as large as the
/// usual ones were lately, and what `keep` removes after each.
///
/// Usual is the middle one (by size) of the newest 16 of this host's. Of a job that builds upon earlier
/// backups, full ones and others are told apart, a backup becomes full as run_backup() does it, and one needs
/// those since the last full one, unless most of those lately were not needed by the newest.
Timeline foretell(const JobHabits& habits, WallNs now);

/// How old a backup of the job becomes, at most; none when none is ever removed.
std::optional<std::int64_t> longest_life(const Timeline& timeline);

}  // namespace steward::backup
