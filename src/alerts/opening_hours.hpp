#pragma once

#include "config/hours.hpp"
#include "state/trading_day.hpp"

namespace steward::alerts {

/// Whether the clock on the wall shows a time within the hours.
bool contains(const config::Hours& hours, const state::LocalTime& time);
/// Whether they are all hours of all days.
bool always(const config::Hours& hours);

}  // namespace steward::alerts
