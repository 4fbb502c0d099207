#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/jobs/job_clock.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/ship/ship_state.hpp"
#include "base/json_writer.hpp"

namespace steward::backup {

/// How one [[backup]] stands at an instant, for everybody who shows it. A plain value.
struct JobView {
  std::string name;
  JobFacts facts;
  Progress runs, drills;
  Plan run_plan, drill_plan;
  bool scheduled = false, rehearsed = false;  ///< backups, drills run by themselves
  std::optional<WallNs> proof_wanted_by;
  std::optional<ShipFacts> shipped;  ///< its journals go out all the time
  /// Why the newest backup or drill failed; empty when it did not.
  std::string run_error, drill_error;

  /// How old what is in the store was at `now`: no more than this is lost when the machine vanishes. None
  /// before the first backup.
  std::optional<std::int64_t> exposure_ns(WallNs now) const;
  /// For how long a backup is missing; 0 when none is, none without a schedule.
  std::optional<std::int64_t> overdue_ns(WallNs now) const;
  /// Likewise a proof.
  std::optional<std::int64_t> proof_overdue_ns(WallNs now) const;
};

/// The job by its files alone, as it is without an agent.
JobView view_job(const config::Backup& backup, const config::Settings& settings, WallNs now);

/// What of the two runs now: asks for the lock only when the facts have something begun that has not ended.
struct Running {
  bool run = false, drill = false;
};
Running running_of(const std::string& folder, const std::string& job, const JobFacts& facts);

/// Whom the jitter of a job's schedule is for: host and job.
std::string jitter_name(const config::Settings& settings, const std::string& job);

/// Both schedules of a job, to notice that one has changed.
std::string schedule_text(const config::Backup& backup);
/// Since when the schedules are what they are, when that was noted; a moment of the future was not.
std::optional<WallNs> scheduled_since(const JobFacts& facts, const config::Backup& backup, WallNs now);

/// Fills what follows from the facts, the clocks and what runs.
void plan_view(JobView& view, const JobClock& runs, const JobClock& drills, WallNs now, WallNs known_since);

/// How JSON has times: as the control socket does it ("age_ns", moments in ns since 1970), or as the HTTP API
/// does ("age_seconds", RFC 3339).
enum class TimeStyle { ns, utc_and_seconds };

/// The member "backups" of docs/formats/control.md and docs/api.md.
void write_views(JsonWriter& out, const std::vector<JobView>& views, WallNs now, TimeStyle style);
/// The members of one of them.
void write_view_fields(JsonWriter& out, const JobView& view, WallNs now, TimeStyle style);

}  // namespace steward::backup
