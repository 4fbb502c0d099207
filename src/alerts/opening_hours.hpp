#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "state/trading_day.hpp"

namespace steward::alerts {

/// `only = {hours = "08:00-18:00", weekdays = "mon-fri"}`: when a rule looks, by the clock on the wall of the
/// configured zone. Hours that end before they begin reach over midnight and belong to the weekday on which
/// they began. A plain value.
struct OpeningHours {
  std::uint16_t from = 0, until = 24 * 60;  ///< minutes since midnight; `until` no longer belongs to it
  std::uint8_t weekdays = 0x7f;             ///< bit 0: Monday

  bool always() const { return from == 0 && until == 24 * 60 && weekdays == 0x7f; }
  bool contains(const state::LocalTime& time) const;
};

/// "08:00-18:00", "22:00-06:00". Fails on anything else.
Status read_hours(std::string_view text, OpeningHours& out);
/// "mon-fri", "sat,sun", "fri-mon", "mon,wed-fri".
Status read_weekdays(std::string_view text, OpeningHours& out);

}  // namespace steward::alerts
