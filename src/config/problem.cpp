#include "config/problem.hpp"

#include <algorithm>
#include <tuple>

namespace steward::config {

void sort_by_line(Problems& problems) {
  std::ranges::sort(problems, {},
                    [](const Problem& problem) { return std::tie(problem.line, problem.text); });
}

bool any_error(const Problems& problems) {
  return std::ranges::any_of(problems, [](const Problem& problem) { return !problem.warning; });
}

std::string error_sentences(const Problems& problems) {
  std::string lines;
  for (const Problem& problem : problems) {
    if (problem.warning) continue;
    if (!lines.empty()) lines += '\n';
    lines += problem.sentence();
  }
  return lines;
}

}  // namespace steward::config
