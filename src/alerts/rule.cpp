#include "alerts/rule.hpp"

#include <array>

namespace steward::alerts {

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace steward::alerts
