#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward {

/// The keeper's one text form, for the plan, run records and its control socket: words between single spaces,
/// lines ended by '\n'. In a word every byte outside 0x21–0x7e, and '%', is written %XX; an empty word is
/// "%".
std::string escape_word(std::string_view word);

/// The words of one line without its newline. Fails on a bad escape, a raw control character or doubled
/// spaces.
Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace steward
