#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// One option of an ini file; keys are in small letters, continuation lines joined by newlines.
struct IniOption {
  std::string key, value;
  int line = 0;
};

struct IniSection {
  std::string name;
  int line = 0;
  std::vector<IniOption> options;

  const IniOption* find(std::string_view key) const;
};

/// An ini file as Python's RawConfigParser reads it for supervisord: comments of ; and #, also behind a space
/// in a line; a line that begins with a space goes on with the one before. An option that comes twice counts
/// once, with the last value, and so does a section.
Result<std::vector<IniSection>> parse_ini(std::string_view text, const std::string& file);

}  // namespace steward::convert
