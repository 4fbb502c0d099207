#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "schedule/cron.hpp"

namespace date {
class time_zone;
}

namespace steward::schedule {

/// When something is to happen, again and again. A value; no I/O, no clock. Times on the wall are those of a
/// zone; where the clocks change it does as Debian's cron: a fixed time that is skipped comes right after the
/// gap, one that is there twice comes the first time only, and wildcards follow real time.
class Schedule {
 public:
  /// "6h": whole multiples of the period since 1970, so that a restart moves nothing. A minute at least.
  static Result<Schedule> every(std::string_view period);
  /// "02:00", "mon 02:00", or several with commas between them.
  static Result<Schedule> at(std::string_view times, const std::string& zone);
  /// A cron expression (cron.hpp).
  static Result<Schedule> cron(std::string_view expression, const std::string& zone);

  /// The first moment after `after`; none within 30 years ("30 of February").
  std::optional<WallNs> next(WallNs after) const;
  /// The last moment at or before `at`; none within a year.
  std::optional<WallNs> last(WallNs at) const;

 private:
  struct Clockwork {
    const date::time_zone* zone;
    std::vector<Cron> crons;
  };
  std::variant<std::int64_t, Clockwork> how_;
};

/// What is to be done now.
struct Due {
  std::optional<WallNs> slot;  ///< run now, for this moment of the schedule
  std::optional<WallNs> next;  ///< ask again then
};

/// Whether a run is due at `now`, when the one before was for the moment `last_slot`, or, when there was
/// none, the schedule is known since then. Of several missed moments the newest only is caught up. A
/// `last_slot` from the future (the clock was set back) counts as now. Every moment is put off by `delay_of`
/// it.
Due due(const Schedule& schedule, WallNs last_slot, WallNs now, std::string_view who, std::int64_t jitter);

/// Between 0 and `jitter`, always the same for the same name and moment: hosts and jobs do not all begin at
/// once.
std::int64_t delay_of(std::string_view who, WallNs slot, std::int64_t jitter);

}  // namespace steward::schedule
