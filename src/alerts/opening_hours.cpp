#include "alerts/opening_hours.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace steward::alerts {

namespace {

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::uint16_t kDay = 24 * 60;

/// "08:00" to "24:00" as minutes.
std::optional<std::uint16_t> read_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0, 1, 3, 4})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  if (minutes > 59 || hours * 60 + minutes > kDay) return std::nullopt;
  return static_cast<std::uint16_t>(hours * 60 + minutes);
}

std::optional<unsigned> read_day(std::string_view text) {
  const auto found = std::ranges::find(kDays, text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<unsigned>(found - kDays.begin());
}

}  // namespace

bool OpeningHours::contains(const state::LocalTime& time) const {
  const auto on = [&](unsigned day) { return (weekdays >> (day % 7) & 1) != 0; };
  if (from < until) return time.minute >= from && time.minute < until && on(time.weekday);
  if (time.minute >= from) return on(time.weekday);
  return time.minute < until && on(time.weekday + 6U);
}

Status read_hours(std::string_view text, OpeningHours& out) {
  const auto from = read_clock(text.substr(0, text.find('-')));
  const auto until = read_clock(text.substr(std::min(text.size(), text.find('-')) + (text.find('-') < text.size())));
  if (!from || !until || *from == *until || *from == kDay)
    return fail(Code::invalid, "expected hours such as \"08:00-18:00\" or \"22:00-06:00\", found \"{}\"", text);
  out.from = *from, out.until = *until;
  return {};
}

Status read_weekdays(std::string_view text, OpeningHours& out) {
  std::uint8_t days = 0;
  for (std::string_view rest = text;;) {
    const auto part = rest.substr(0, rest.find(','));
    const auto dash = part.find('-');
    const auto first = read_day(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : read_day(part.substr(dash + 1));
    if (!first || !last)
      return fail(Code::invalid, "expected weekdays such as \"mon-fri\" or \"sat,sun\", found \"{}\"", text);
    for (unsigned day = *first;; day = (day + 1) % 7) {
      days = static_cast<std::uint8_t>(days | 1U << day);
      if (day == *last) break;
    }
    if (part.size() == rest.size()) break;
    rest.remove_prefix(part.size() + 1);
  }
  out.weekdays = days;
  return {};
}

}  // namespace steward::alerts
