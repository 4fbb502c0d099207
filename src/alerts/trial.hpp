#pragma once

#include <functional>

#include "alerts/alarm.hpp"
#include "alerts/recording.hpp"
#include "alerts/rule_set.hpp"

namespace steward::alerts {

/// A recording longer than this is refused: every second of it is looked at.
inline constexpr std::int64_t kLongestTrial = 7 * 24 * 3600 * kSecond;

/// An alarm began, fired or ended. One that ends without having fired is `resolved` too; its firing_since
/// is 0.
struct TrialEvent {
  WallNs at = 0;
  Alarm alarm;
};

/// Plays the recording second by second before the rules and the life cycle that the agent has; nobody is
/// told and nothing is done.
void run_trial(Recording& recording, RuleSet& rules, const std::function<void(const TrialEvent&)>& tell);

}  // namespace steward::alerts
