#include "alerts/opening_hours.hpp"

namespace steward::alerts {

bool OpeningHours::contains(const state::LocalTime& time) const {
  const auto on = [&](unsigned day) { return (weekdays >> (day % 7) & 1) != 0; };
  if (from < until) return time.minute >= from && time.minute < until && on(time.weekday);
  if (time.minute >= from) return on(time.weekday);
  return time.minute < until && on(time.weekday + 6U);
}

}  // namespace steward::alerts
