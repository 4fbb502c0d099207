#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/hours.hpp"

namespace steward::alerts {

/// A time zone of the host's database (package tzdata): what the clock on the wall shows, and when it shows
/// it. A value; copies are cheap.
class Zone {
 public:
  /// UTC for a name that is not known here: a message in another zone's time is better than none.
  explicit Zone(const std::string& name);

  /// "Wed 25 Nov 2026 14:05:09 GMT (14:05:09 UTC)"; the part in brackets with its date where that differs,
  /// and left out where the zone is UTC.
  std::string text(WallNs at) const;

  /// When the hours that `at` falls into end; nothing when it falls into none. Both ends are instants: where
  /// the clocks are put back and show the hour a second time, the hours do not begin a second time, and an
  /// end that the clocks skip is the instant at which they do.
  std::optional<WallNs> end_of(const config::Hours& hours, WallNs at) const;

 private:
  const void* rules_;  // date::time_zone, which lives as long as the program
};

}  // namespace steward::alerts
