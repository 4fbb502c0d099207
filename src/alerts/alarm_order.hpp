#pragma once

#include <tuple>

#include "alerts/alarm.hpp"

namespace steward::alerts {

/// Whether people should read of `a` before `b`: the worse, then the newer.
inline bool worse(const Alarm& a, const Alarm& b) {
  return std::tie(a.severity, a.firing_since, a.fingerprint) >
         std::tie(b.severity, b.firing_since, b.fingerprint);
}

}  // namespace steward::alerts
