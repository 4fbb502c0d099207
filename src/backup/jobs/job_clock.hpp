#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backup/jobs/job_facts.hpp"
#include "config/settings.hpp"
#include "schedule/schedule.hpp"

namespace steward::backup {

/// What is known of the backups of one job, or of its drills, when it is asked what to do next.
struct Progress {
  WallNs succeeded = 0;       ///< when the newest that succeeded began; 0: none yet
  WallNs tried = 0;           ///< when the newest attempt ended, or was cut short; 0: none yet
  std::int64_t failures = 0;  ///< attempts in a row that failed or were cut short
  bool running = false;
};

/// The job's backups. `running`: one of them runs at present. A run that was begun and neither runs nor ended
/// was cut short, which is a failure.
Progress progress_of_runs(const JobFacts& facts, bool running);
/// Its drills.
Progress progress_of_drills(const JobFacts& facts, bool running);

/// What is to be done with a job, and how late it is.
struct Plan {
  bool start = false;                   ///< now
  std::optional<WallNs> next;           ///< when it will be, `now` at the earliest; none: only by hand
  std::optional<WallNs> overdue_since;  ///< the oldest moment of the schedule that no success has followed
};

/// When the backups or drills of one job are to run. No I/O, no clock; a value.
class JobClock {
 public:
  /// Without a schedule it never starts anything. `who` spreads the jitter: host and job.
  JobClock(const config::When& when, const std::string& zone, std::string who);

  /// Due when the newest success began before the newest moment of the schedule, and at once when there was
  /// none: moments that were missed are caught up once. After a failure it is tried again, later each time
  /// (retry_delay). `known_since`: there was no success that could be late before.
  Plan plan(const Progress& progress, WallNs now, WallNs known_since) const;

  /// The second moment of the schedule after `proved` (0: `known_since`): what was not proved by then has
  /// gone without proof for more than a period. None without a schedule.
  std::optional<WallNs> proof_wanted_by(WallNs proved, WallNs known_since) const;

  bool scheduled() const { return schedule_.has_value(); }

 private:
  std::optional<WallNs> next(WallNs after) const;
  WallNs due_since(WallNs succeeded, WallNs now) const;

  std::optional<schedule::Schedule> schedule_;
  std::string who_;
  std::int64_t jitter_ = 0;
};

/// How long after the end of an attempt the next is made: a minute, then twice as long each time, an hour at
/// most.
std::int64_t retry_delay(std::int64_t failures);

}  // namespace steward::backup
