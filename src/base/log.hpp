#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace steward::log {

enum class Level { debug, info, warning, error };

/// One line to stderr by one write(): "2026-11-22T13:20:05.123Z warning agent: text". Any thread may log; a
/// full pipe or disk drops the line, it never blocks longer than the descriptor does. Control characters are
/// escaped.
void line(Level level, std::string_view text);

/// The name before each text ("keeper", "agent"), and the lowest level written. Called once, at start.
void configure(std::string_view program, Level lowest);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  line(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  line(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  line(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace steward::log
