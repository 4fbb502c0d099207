#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace steward::config {

/// Hours of some weekdays by the clock on the wall: "22:00-07:00" on "mon-fri". Hours that end before they
/// begin reach over midnight and belong to the weekday on which they began. A plain value.
struct Hours {
  std::uint16_t from = 0, until = 24 * 60;  ///< minutes since midnight; `until` no longer belongs to it
  std::uint8_t weekdays = 0x7f;             ///< bit 0: Monday
};

/// "08:00-18:00", "22:00-06:00", "00:00-24:00". Fails on anything else.
Status read_hours(std::string_view text, Hours& out);
/// "mon-fri", "sat,sun", "fri-mon", "mon,wed-fri".
Status read_weekdays(std::string_view text, Hours& out);

}  // namespace steward::config
