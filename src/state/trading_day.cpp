#include "state/trading_day.hpp"

#include "schedule/zone_rules.hpp"

namespace steward::state {

namespace {
const date::time_zone& rules_of(const void* rules) {
  return *static_cast<const date::time_zone*>(rules);
}
}  // namespace

Result<TradingDay> TradingDay::in(const std::string& zone) {
  auto rules = schedule::zone_rules(zone);
  if (!rules) return std::unexpected(rules.error());
  return TradingDay(zone, *rules);
}

std::int32_t TradingDay::day_of(WallNs at) {
  if (at >= begin_ && at < end_) return day_;
  const auto instant = date::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(at));
  const auto local = rules_of(rules_).to_local(instant);
  day_ = static_cast<std::int32_t>(date::floor<date::days>(local).time_since_epoch().count());
  begin_ = begin_of(day_), end_ = begin_of(day_ + 1);
  return day_;
}

LocalTime TradingDay::local_time(WallNs at) const {
  const auto local = rules_of(rules_).to_local(date::floor<std::chrono::minutes>(
      date::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(at))));
  const auto day = date::floor<date::days>(local);
  return {static_cast<std::uint8_t>(date::weekday(day).iso_encoding() - 1),
          static_cast<std::uint16_t>(std::chrono::duration_cast<std::chrono::minutes>(local - day).count())};
}

WallNs TradingDay::begin_of(std::int32_t day) const {
  const date::local_days midnight{date::days(day)};
  // Where the clocks skip midnight the day begins with the first instant that exists.
  const auto instant = rules_of(rules_).to_sys(midnight, date::choose::earliest);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(instant.time_since_epoch()).count();
}

std::string format_day(std::int32_t day) {
  return date::format("%F", date::sys_days{date::days(day)});
}

}  // namespace steward::state
