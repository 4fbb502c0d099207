#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace steward::convert {

/// A text with compose's variables: ${NAME:-default} is its default, "$$" is "$".
struct Interpolated {
  std::string text;     ///< a variable without default is ${NAME}
  std::string script;   ///< the same for a shell, within double quotes
  std::string unknown;  ///< the last variable that has no default; empty: none
};
Interpolated interpolate(std::string_view text);

/// "512m", "1g", "1.5gb", "1048576" → bytes, by 1024 as Docker counts.
std::optional<std::int64_t> compose_bytes(std::string_view text);

/// `path`, or when it is relative the same below the folder of `file` ("." is that folder).
std::string beside(const std::string& file, const std::string& path);

}  // namespace steward::convert
