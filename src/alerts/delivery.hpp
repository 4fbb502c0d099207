#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "alerts/alarm.hpp"
#include "base/clock.hpp"

namespace steward::alerts {

/// One channel that an alarm is to be told through, as routing decides it. A plain value.
struct Delivery {
  std::string channel;  ///< by the name in the configuration
  /// Alarms that agree in these labels share a message; empty: those of one rule do.
  std::vector<std::string> group_by;
  std::int64_t repeat = 4 * 3600 * kSecond;  ///< told again so often while it fires; 0: never
  std::int64_t interval = 10 * kSecond;      ///< at least so long between two messages about one group
  bool quiet = false;                        ///< not at this hour; it is told when the hour is over

  bool operator==(const Delivery&) const = default;
};

/// Where an alarm is to be told. Pure; asked for firing alarms when something changed, and every few seconds
/// for the hour. A name twice counts once, the first.
using Routing = std::function<std::vector<Delivery>(const Alarm&, WallNs now)>;

}  // namespace steward::alerts
