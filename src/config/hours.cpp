#include "config/hours.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace steward::config {

namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// "HH:MM" as minutes since midnight.
std::optional<std::uint16_t> minute_of(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

std::optional<std::size_t> weekday_of(std::string_view text) {
  const auto found = std::ranges::find(kWeekdays, text);
  if (found == kWeekdays.end()) return std::nullopt;
  return static_cast<std::size_t>(std::distance(kWeekdays.begin(), found));
}

}  // namespace

Status read_hours(std::string_view text, Hours& out) {
  const auto dash = text.find('-');
  const auto from = minute_of(text.substr(0, dash));
  const auto until = dash == std::string_view::npos ? std::nullopt : minute_of(text.substr(dash + 1));
  if (!from || !until || *from == *until || *from == 24 * 60)
    return fail(Code::invalid, "expected hours such as \"08:00-18:00\" or \"22:00-06:00\", found \"{}\"",
                text);
  out.from = *from;
  out.until = *until;
  return {};
}

Status read_weekdays(std::string_view text, Hours& out) {
  std::uint8_t days = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = weekday_of(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : weekday_of(part.substr(dash + 1));
    if (!first || !last || (comma != std::string_view::npos && comma + 1 == rest.size())) {
      days = 0;
      break;
    }
    for (std::size_t day = *first;; day = (day + 1) % 7) {
      days = static_cast<std::uint8_t>(days | (1U << day));
      if (day == *last) break;
    }
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  if (days == 0)
    return fail(Code::invalid, "expected weekdays such as \"mon-fri\" or \"sat,sun\", found \"{}\"", text);
  out.weekdays = days;
  return {};
}

}  // namespace steward::config
