#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::state {

/// What the clock on the wall of a zone shows.
struct LocalTime {
  std::uint8_t weekday = 0;  ///< 0: Monday
  std::uint16_t minute = 0;  ///< since midnight, by the clock: 01:30 is 90 also on a day of 23 hours
};

/// The calendar of the configured time zone: which day an instant belongs to, and when that day begins and
/// ends (23 or 25 hours apart when the clocks change). Definitions are the host's (package tzdata), read
/// once. A value; copies are cheap. Each thread has its own.
class TradingDay {
 public:
  /// `zone`: a name of the IANA database, such as "Europe/London" or "UTC".
  static Result<TradingDay> in(const std::string& zone);

  /// Days since 1970-01-01 of the local date at `at`.
  std::int32_t day_of(WallNs at);
  LocalTime local_time(WallNs at) const;
  /// The instants at which that day begins and ends.
  WallNs begin_of(std::int32_t day) const;
  WallNs end_of(std::int32_t day) const { return begin_of(day + 1); }
  const std::string& zone() const { return zone_; }

 private:
  TradingDay(std::string zone, const void* rules) : zone_(std::move(zone)), rules_(rules) {}

  std::string zone_;
  const void* rules_;  // date::time_zone, which lives as long as the program
  WallNs begin_ = 0, end_ = 0;
  std::int32_t day_ = 0;
};

/// "2026-11-22" of a day.
std::string format_day(std::int32_t day);

}  // namespace steward::state
