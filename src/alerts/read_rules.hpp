#pragma once

#include <string>
#include <vector>

#include "alerts/rule.hpp"
#include "config/settings.hpp"

namespace steward::alerts {

/// A default rule that sleeps, and the number that wakes it ("limits.daily_loss").
struct SleepingRule {
  std::string name, needs;
};

/// The default rules with the user's changes, then the user's own, ready to be asked; and what is wrong. A
/// rule that is not right, is switched off or sleeps is not among them. A plain value.
struct ReadRules {
  std::vector<Rule> rules;
  std::vector<SleepingRule> sleeping;
  config::Problems problems;
};
ReadRules read_rules(const config::Settings& settings);

}  // namespace steward::alerts
