#include "schedule/schedule.hpp"

#include <algorithm>
#include <chrono>

#include "base/fnv.hpp"
#include "base/units.hpp"
#include "schedule/zone_rules.hpp"

namespace steward::schedule {

namespace {

constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * 60 * kMinute;
constexpr int kMostDays = 30 * 366;

using LocalSeconds = date::local_seconds;
using Moments = std::vector<WallNs>;

WallNs wall_of(date::sys_seconds time) {
  return time.time_since_epoch().count() * kSecond;
}

/// The moments of one minute on the wall: none, one or two.
void add_moments(const date::time_zone& zone, LocalSeconds local, bool wildcard, Moments& out) {
  const auto info = zone.get_info(local);
  const date::sys_seconds first(local.time_since_epoch() - info.first.offset);
  if (info.result == date::local_info::unique) {
    out.push_back(wall_of(first));
  } else if (info.result == date::local_info::ambiguous) {
    out.push_back(wall_of(first));
    if (wildcard) out.push_back(wall_of(date::sys_seconds(local.time_since_epoch() - info.second.offset)));
  } else if (!wildcard) {
    out.push_back(wall_of(info.second.begin));
  }
}

Date date_of(date::local_days day) {
  const date::year_month_day ymd(day);
  return {static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
          date::weekday(day).c_encoding()};
}

/// All moments of the local day.
void add_day(const date::time_zone& zone, const Cron& cron, date::local_days day, Moments& out) {
  if (!cron.on(date_of(day))) return;
  for (unsigned hour = 0; hour < 24; ++hour) {
    if (!cron.at_hour(hour)) continue;
    for (unsigned minute = 0; minute < 60; ++minute) {
      if (!cron.at_minute(minute)) continue;
      add_moments(zone, LocalSeconds(day) + std::chrono::hours(hour) + std::chrono::minutes(minute),
                  cron.wildcard(), out);
    }
  }
}

std::optional<WallNs> next_of(const date::time_zone& zone, const std::vector<Cron>& crons, WallNs after) {
  const date::sys_seconds now(
      std::chrono::seconds((after - ((after % kSecond) + kSecond) % kSecond) / kSecond));
  // From yesterday: a moment skipped before midnight comes after it. A day's moments may come after the next
  // day's first ones for the same reason, so one more day is looked at.
  auto day = date::floor<date::days>(zone.to_local(now)) - date::days(1);
  std::optional<WallNs> found;
  Moments moments;
  for (int i = 0, more = 1; i < kMostDays && more >= 0; ++i, day += date::days(1)) {
    moments.clear();
    for (const Cron& cron : crons) add_day(zone, cron, day, moments);
    for (const WallNs moment : moments) {
      if (moment > after && (!found || moment < *found)) found = moment;
    }
    if (found) --more;
  }
  return found;
}

/// "02:00" and "mon 02:00" as a cron expression.
std::optional<std::string> cron_of_time(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string_view weekday = "*";
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    weekday = text.substr(0, space);
    text.remove_prefix(text.find_last_of(' ') + 1);
  }
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(text[0]) || !digit(text[1]) || !digit(text[3]) ||
      !digit(text[4]))
    return std::nullopt;
  return fmt::format("{} {} * * {}", text.substr(3), text.substr(0, 2), weekday);
}

}  // namespace

Result<Schedule> Schedule::every(std::string_view period) {
  const auto ns = parse_duration(period);
  if (!ns) return std::unexpected(ns.error());
  if (*ns < kMinute) return fail(Code::invalid, "every \"{}\" is too often: a minute is the least", period);
  Schedule schedule;
  schedule.how_ = *ns;
  return schedule;
}

Result<Schedule> Schedule::at(std::string_view times, const std::string& zone) {
  auto rules = zone_rules(zone);
  if (!rules) return std::unexpected(rules.error());
  Clockwork clockwork{*rules, {}};
  while (true) {
    const auto comma = times.find(',');
    const auto expression = cron_of_time(times.substr(0, comma));
    auto cron = expression ? Cron::parse(*expression) : fail(Code::invalid, "");
    if (!cron) {
      return fail(Code::invalid,
                  "\"{}\" is no time of day: expected \"02:00\", \"mon 02:00\" or \"02:00, 14:00\"",
                  times.substr(0, comma));
    }
    clockwork.crons.push_back(*cron);
    if (comma == std::string_view::npos) break;
    times.remove_prefix(comma + 1);
  }
  Schedule schedule;
  schedule.how_ = std::move(clockwork);
  return schedule;
}

Result<Schedule> Schedule::cron(std::string_view expression, const std::string& zone) {
  auto rules = zone_rules(zone);
  if (!rules) return std::unexpected(rules.error());
  auto cron = Cron::parse(expression);
  if (!cron) return std::unexpected(cron.error());
  Schedule schedule;
  schedule.how_ = Clockwork{*rules, {*cron}};
  if (!schedule.next(0)) return fail(Code::invalid, "the cron expression \"{}\" never comes", expression);
  return schedule;
}

std::optional<WallNs> Schedule::next(WallNs after) const {
  if (const auto* period = std::get_if<std::int64_t>(&how_)) {
    const std::int64_t rest = ((after % *period) + *period) % *period;
    return after - rest + *period;
  }
  const auto& clockwork = std::get<Clockwork>(how_);
  return next_of(*clockwork.zone, clockwork.crons, after);
}

std::optional<WallNs> Schedule::last(WallNs at) const {
  // A window that grows until it holds one, and then few.
  for (std::int64_t window = kMinute; window < 2 * 366 * kDay; window *= 2) {
    auto found = next(at - window);
    if (!found || *found > at) continue;
    for (auto later = next(*found); later && *later <= at; later = next(*found)) found = later;
    return found;
  }
  return std::nullopt;
}

std::int64_t delay_of(std::string_view who, WallNs slot, std::int64_t jitter) {
  if (jitter <= 0) return 0;
  const std::uint64_t chance = fnv1a64(fmt::format("{}@{}", who, slot));
  return static_cast<std::int64_t>(
      (static_cast<unsigned __int128>(chance) * static_cast<std::uint64_t>(jitter)) >> 64);
}

Due due(const Schedule& schedule, WallNs last_slot, WallNs now, std::string_view who, std::int64_t jitter) {
  last_slot = std::min(last_slot, now);
  Due out;
  auto slot = schedule.last(now);
  // The newest moment may still be waiting for its delay; then the one before it is looked at.
  if (slot && *slot > last_slot && *slot + delay_of(who, *slot, jitter) > now) {
    out.next = *slot + delay_of(who, *slot, jitter);
    slot = schedule.last(*slot - 1);
  }
  if (slot && *slot > last_slot && *slot + delay_of(who, *slot, jitter) <= now) out.slot = slot;
  if (out.next) return out;
  const auto coming = schedule.next(now);
  if (coming) out.next = *coming + delay_of(who, *coming, jitter);
  return out;
}

}  // namespace steward::schedule
