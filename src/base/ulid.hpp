#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace steward {

/// A new ULID (github.com/ulid/spec): 26 characters of Crockford's base 32, 48 bits of milliseconds then 80
/// of chance, so names sort by time of birth.
std::string make_ulid(WallNs now, Random& random);

/// Whether `text` is a ULID as make_ulid writes one.
bool is_ulid(std::string_view text);

}  // namespace steward
