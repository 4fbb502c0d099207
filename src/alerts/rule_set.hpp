#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.hpp"
#include "alerts/evaluator.hpp"
#include "alerts/life_cycle.hpp"
#include "alerts/rule.hpp"
#include "alerts/series_table.hpp"
#include "config/settings.hpp"
#include "metrics/series_source.hpp"
#include "state/trading_day.hpp"

namespace steward::alerts {

/// A rule that cannot be asked at present, or only in part, and why.
struct RuleFault {
  std::uint32_t rule = 0;
  std::string text;
};

/// All rules in force: the default set with the user's changes, then the user's own. Asked once a second for
/// what holds; keeps the past that rate() and the like look at. A rule that is not right is left out and told
/// by the problems: it never keeps the agent from its work. One thread.
class RuleSet final : public RuleBook {
 public:
  /// Conditions of one rule; those beyond are left out, and the rule is among the faults.
  static constexpr std::size_t kMostConditions = 1'000;

  /// Appends what is wrong to `problems` when it is not null (with file and line of the user's rules).
  static RuleSet build(const config::Settings& settings, config::Problems* problems = nullptr);
  /// The same of rules at hand; `timezone` is for their hours (UTC when it is unknown).
  RuleSet(std::vector<Rule> rules, const std::string& timezone);

  std::size_t size() const { return rules_.size(); }
  const Rule& rule(std::uint32_t place) const override { return rules_[place]; }
  const Rule* find(std::string_view name) const override;

  /// What holds now: for each rule and label set whose expression has a result, in the order of the rules.
  std::vector<Condition> evaluate(const metrics::SeriesSource& source, MonoNs now, WallNs wall);
  /// The rule's sentence with the labels and the value.
  std::string summary(const Condition& condition) const override;
  /// Of the newest evaluate(): rules that could not be asked, or not of all series.
  const std::vector<RuleFault>& faults() const { return faults_; }

 private:
  void ask(std::uint32_t index, MonoNs now, WallNs wall, std::vector<Condition>& out);

  std::vector<Rule> rules_;
  std::vector<Program> programs_;  ///< of each rule
  SeriesTable table_;
  Evaluator evaluator_;
  std::optional<state::TradingDay> calendar_;
  std::vector<RuleFault> faults_;
};

/// What is wrong with the alarm rules and inhibitions of `settings`: for `steward check`, up and reload.
config::Problems check_rules(const config::Settings& settings);

}  // namespace steward::alerts
