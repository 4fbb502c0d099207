#include "alerts/opening_hours.hpp"

namespace steward::alerts {

bool contains(const config::Hours& hours, const state::LocalTime& time) {
  const auto on = [&](unsigned day) { return (hours.weekdays >> (day % 7) & 1) != 0; };
  if (hours.from < hours.until)
    return time.minute >= hours.from && time.minute < hours.until && on(time.weekday);
  if (time.minute >= hours.from) return on(time.weekday);
  return time.minute < hours.until && on(time.weekday + 6U);
}

bool always(const config::Hours& hours) {
  return hours.from == 0 && hours.until == 24 * 60 && hours.weekdays == 0x7f;
}

}  // namespace steward::alerts
