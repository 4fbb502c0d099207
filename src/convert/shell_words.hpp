#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// Splits as a POSIX shell (and Python's shlex) does, with quotes and backslashes, and expands nothing. Fails
/// on a quote without end.
Result<std::vector<std::string>> split_shell_words(std::string_view text);

/// The word in single quotes for a shell; bare when it needs none.
std::string shell_quoted(std::string_view word);
/// All of them with spaces between.
std::string shell_quoted(const std::vector<std::string>& words);

/// Text as it has to stand within double quotes to mean itself.
std::string escape_literal(std::string_view text);

/// The letters, digits and _ at the beginning that name a variable; empty when there is none.
std::string_view variable_at(std::string_view text);

}  // namespace steward::convert
