#include "base/log.hpp"

#include <unistd.h>

#include <string>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace steward::log {

namespace {
std::string g_program = "steward";
Level g_lowest = Level::info;

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}
}  // namespace

void configure(std::string_view program, Level lowest) {
  g_program = program;
  g_lowest = lowest;
}

void line(Level level, std::string_view text) {
  if (level < g_lowest) return;
  std::string out = fmt::format("{} {} {}: ", format_utc(SystemClock{}.wall()), level_name(level), g_program);
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, out.data(), out.size());
}

}  // namespace steward::log
