#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace steward::logs {

/// The time that the keeper wrote before a line, "2026-11-22T13:20:05.123Z"; empty when there is none.
inline std::string_view stamp_of(std::string_view line) {
  constexpr std::size_t kStamp = sizeof("2026-11-22T13:20:05.123Z") - 1;
  const bool stamped = line.size() >= kStamp && line[4] == '-' && line[10] == 'T' && line[kStamp - 1] == 'Z';
  return stamped ? line.substr(0, kStamp) : std::string_view{};
}

/// The same as a time; 0 when there is none.
WallNs time_of(std::string_view stamp);

}  // namespace steward::logs
