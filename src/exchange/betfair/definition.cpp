#include "exchange/betfair/definition.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace steward::betfair {

namespace {
constexpr std::array<std::string_view, 4> kMarketStatus{"INACTIVE", "OPEN", "SUSPENDED", "CLOSED"};
constexpr std::array<std::string_view, 7> kRunnerStatus{"ACTIVE",  "WINNER",         "LOSER", "PLACED",
                                                        "REMOVED", "REMOVED_VACANT", "HIDDEN"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

/// `length` digits of `text` at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}
}  // namespace

std::string_view name_of(MarketStatus status) {
  return kMarketStatus[std::to_underlying(status)];
}
std::string_view name_of(RunnerStatus status) {
  return kRunnerStatus[std::to_underlying(status)];
}
std::optional<MarketStatus> market_status(std::string_view name) {
  return find<MarketStatus>(kMarketStatus, name);
}
std::optional<RunnerStatus> runner_status(std::string_view name) {
  return find<RunnerStatus>(kRunnerStatus, name);
}

std::optional<WallNs> parse_timestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] != '0' && text[i] != kForm[i]) return std::nullopt;
  }
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  const int millisecond = digits(text, 20, 3);
  if (std::min({year, month, day, hour, minute, second, millisecond}) < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // Years beyond 2261 do not fit nanoseconds in 64 bits.
  if (!date.ok() || year < 1970 || year > 2261 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * kSecond + millisecond * kMillisecond;
}

}  // namespace steward::betfair
