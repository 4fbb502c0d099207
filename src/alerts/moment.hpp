#pragma once

#include "base/clock.hpp"

namespace steward::alerts {

/// Now, by both clocks: what lasts is measured by the first, what people read and what outlives us by the
/// second.
struct Moment {
  MonoNs mono = 0;
  WallNs wall = 0;

  static Moment of(const Clock& clock) { return {clock.mono(), clock.wall()}; }
};

}  // namespace steward::alerts
