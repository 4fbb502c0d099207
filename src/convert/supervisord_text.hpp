#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// What supervisord puts in for %(NAME)s.
using Expansions = std::map<std::string, std::string, std::less<>>;

struct Expanded {
  std::string text;
  std::string unknown;                        ///< one that is not known here, such as ENV_API_KEY
  std::vector<std::string> from_environment;  ///< names of %(ENV_NAME)s that were left as ${NAME}
};

/// Python's % with a mapping; "%%" is "%".
Expanded expand(std::string_view text, const Expansions& known);

/// KEY="value",KEY2=value as supervisord reads it: shlex words, commas between.
Result<std::vector<std::pair<std::string, std::string>>> parse_environment(std::string_view text);

/// A whole number, 0 or more.
std::optional<std::int64_t> number_of(std::string_view text);
/// "50MB" → bytes; supervisord counts by 1024.
std::optional<std::int64_t> bytes_of(std::string_view text);

}  // namespace steward::convert
