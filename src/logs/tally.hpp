#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "logs/level.hpp"

namespace steward::logs {

/// How far the logs of a bot have been counted. Files of a run are numbered as the keeper will number them
/// when it rotates them: out.log is the one after the newest rotated one.
struct Position {
  std::string run;
  std::int64_t file = 0;    ///< its number; 0: none of the run yet
  std::int64_t offset = 0;  ///< of the first byte that is not counted
  bool within = false;      ///< that byte is within a line that is counted

  bool operator==(const Position&) const = default;
};

/// A bot's lines by level over all its runs. Only grows.
struct Tally {
  Position at;
  std::array<std::int64_t, kLevels> lines{};
  std::int64_t files_skipped = 0;  ///< deleted before they were read
  WallNs last_error_at = 0;        ///< of error or critical, 0: none
  std::string last_error;

  std::int64_t errors() const {
    return lines[static_cast<std::size_t>(Level::error)] + lines[static_cast<std::size_t>(Level::critical)];
  }
  /// Counts one line, with the keeper's time before it.
  void add(std::string_view line);

  bool operator==(const Tally&) const = default;
};

using Tallies = std::map<std::string, Tally, std::less<>>;  ///< by bot

/// One line of words for each bot (base/words.hpp). A position and what was counted up to it are always saved
/// together, so whoever reads them goes on exactly there.
std::string format_tallies(const Tallies& tallies);
Result<Tallies> parse_tallies(std::string_view text);

}  // namespace steward::logs
