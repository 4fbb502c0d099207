#pragma once

#include "config/hours.hpp"
#include "state/trading_day.hpp"

namespace steward::alerts {

/// `only = {hours = "08:00-18:00", weekdays = "mon-fri"}`: when a rule looks, by the clock on the wall of the
/// configured zone. A plain value.
struct OpeningHours : config::Hours {
  bool always() const { return from == 0 && until == 24 * 60 && weekdays == 0x7f; }
  bool contains(const state::LocalTime& time) const;
};

}  // namespace steward::alerts
