#include "alerts/zone.hpp"

#include <date/tz.h>

#include <exception>

namespace steward::alerts {

namespace {

using Instant = date::sys_time<std::chrono::nanoseconds>;

const date::time_zone& rules_of(const void* rules) {
  return *static_cast<const date::time_zone*>(rules);
}

const date::time_zone* locate(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return date::locate_zone("UTC");
  }
}

date::sys_seconds seconds(WallNs at) {
  return date::floor<std::chrono::seconds>(Instant(std::chrono::nanoseconds(at)));
}

}  // namespace

Zone::Zone(const std::string& name) : rules_(locate(name)) {}

std::string Zone::text(WallNs at) const {
  const auto instant = seconds(at);
  const auto local = rules_of(rules_).to_local(instant);
  const std::string zone = rules_of(rules_).get_info(instant).abbrev;
  const std::string shown = date::format("%a %d %b %Y %H:%M:%S ", local) + zone;
  if (zone == "UTC") return shown;
  const bool same_day = date::floor<date::days>(local).time_since_epoch() ==
                        date::floor<date::days>(instant).time_since_epoch();
  return shown + " (" + date::format(same_day ? "%H:%M:%S" : "%d %b %H:%M:%S", instant) + " UTC)";
}

std::optional<WallNs> Zone::end_of(const config::Hours& hours, WallNs at) const {
  const auto today = date::floor<date::days>(rules_of(rules_).to_local(seconds(at)));
  const auto instant = [&](date::local_days day, std::uint16_t minute) {
    const auto sys = rules_of(rules_).to_sys(day + std::chrono::minutes(minute), date::choose::earliest);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(sys.time_since_epoch()).count();
  };
  for (const date::local_days day : {today - date::days(1), today}) {
    const unsigned weekday = date::weekday(day).iso_encoding() - 1;
    if ((hours.weekdays >> weekday & 1U) == 0) continue;
    const bool over_midnight = hours.until <= hours.from;
    const WallNs end = instant(over_midnight ? day + date::days(1) : day, hours.until);
    if (instant(day, hours.from) <= at && at < end) return end;
  }
  return std::nullopt;
}

}  // namespace steward::alerts
