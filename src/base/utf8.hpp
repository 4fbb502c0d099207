#pragma once

#include <cstddef>
#include <string_view>

namespace steward {

/// The length (1 to 4) of the well-formed UTF-8 sequence that `text` begins with (Unicode 15, table 3-7), or
/// 0 when it begins with none.
std::size_t utf8_length(std::string_view text);

/// Whether all of it is well-formed.
bool is_utf8(std::string_view text);

}  // namespace steward
