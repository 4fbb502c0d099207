#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace steward::logs {

/// How serious a line of a program's log is; `other`: it does not say.
enum class Level : std::uint8_t { debug, info, warning, error, critical, other };
inline constexpr std::size_t kLevels = 6;
inline constexpr std::array<std::string_view, kLevels> kLevelNames{"debug", "info",     "warning",
                                                                   "error", "critical", "other"};

/// What a line says about itself.
struct Line {
  Level level = Level::other;
  std::string_view message;  ///< of a JSON line its message, still escaped; of others the whole line
  bool escaped = false;
};

/// Recognises the forms in common use, and nothing by chance:
/// - a JSON object with levelname, level, severity or lvl (python-json-logger as flumine sets it up, pino,
///   zap, logrus); numbers are Python's for levelno and pino's for level;
/// - logfmt, `level=error`;
/// - Python's default `ERROR:name:text`, and plain lines that begin with the level or with a time before it:
///   `2026-11-22 13:20:05,123 - bot - ERROR - text`, `[ERROR] text`, klog's `E1122 13:20:05`.
/// `line` is without newline; at most its first kMostOfLine bytes are looked at. Never fails.
Line read_line(std::string_view line);

inline constexpr std::size_t kMostOfLine = 8192;

/// A message as people read it: JSON's escapes undone, on one line, at most `most` bytes of whole UTF-8.
std::string readable(const Line& line, std::size_t most);

/// The level of that name in any case ("WARN", "fatal"); `other` for none.
Level level_named(std::string_view name);

}  // namespace steward::logs
