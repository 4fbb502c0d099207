#pragma once

#include <span>
#include <string_view>

namespace steward::metrics {

struct Label {
  std::string_view name, value;
};
using Labels = std::span<const Label>;

}  // namespace steward::metrics
