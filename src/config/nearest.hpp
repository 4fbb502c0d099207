#pragma once

#include <string_view>
#include <vector>

namespace steward::config {

/// The candidate that a person who wrote `word` most likely meant: fewest insertions, deletions, changes and
/// swaps of neighbours, at most a third of its length. Empty when none is that near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace steward::config
