#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace steward::net {

/// How long a server asks to be left alone: the Retry-After header (RFC 9110, 10.2.3), whole seconds or a
/// date. 0 for a date that has passed, at most 100 years; nothing for text that is neither.
std::optional<std::int64_t> retry_after_ns(std::string_view text, WallNs now);

}  // namespace steward::net
