#pragma once

#include <string_view>

namespace steward {
/// This release; set by CMake's project().
inline constexpr std::string_view kVersion = STEWARD_VERSION;
}  // namespace steward
