#pragma once

#include <string>
#include <vector>

namespace steward::config {

/// Something wrong in a configuration file: where, and one sentence on what was expected and how to mend it.
struct Problem {
  std::string file;
  int line = 0;  ///< from 1; 0: the file as a whole
  std::string text;
  bool warning = false;  ///< worth saying, no reason to refuse the file

  /// "FILE:LINE: TEXT", as compilers write it, so that editors jump there.
  std::string sentence() const {
    const std::string where = line > 0 ? file + ":" + std::to_string(line) : file;
    return where + (warning ? ": warning: " : ": ") + text;
  }
};

using Problems = std::vector<Problem>;

void sort_by_line(Problems& problems);

/// Whether any of them is more than a warning.
bool any_error(const Problems& problems);

/// The errors (not the warnings), one sentence a line.
std::string error_sentences(const Problems& problems);

}  // namespace steward::config
