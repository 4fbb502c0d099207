#include "alerts/rule_set.hpp"

#include <algorithm>

#include "alerts/inhibition.hpp"
#include "alerts/labels.hpp"
#include "alerts/opening_hours.hpp"
#include "alerts/read_rules.hpp"

namespace steward::alerts {

RuleSet RuleSet::build(const config::Settings& settings, config::Problems* problems) {
  ReadRules book = read_rules(settings);
  if (problems != nullptr) problems->insert(problems->end(), book.problems.begin(), book.problems.end());
  return {std::move(book.rules), settings.timezone};
}

RuleSet::RuleSet(std::vector<Rule> rules, const std::string& timezone) : rules_(std::move(rules)) {
  for (const Rule& rule : rules_) programs_.push_back(compile(rule.when, table_));
  if (auto calendar = state::TradingDay::in(timezone); calendar) calendar_ = std::move(*calendar);
  if (auto utc = state::TradingDay::in("UTC"); !calendar_ && utc) calendar_ = std::move(*utc);
}

const Rule* RuleSet::find(std::string_view name) const {
  const auto found = std::ranges::find(rules_, name, &Rule::name);
  return found == rules_.end() ? nullptr : &*found;
}

std::vector<Condition> RuleSet::evaluate(const metrics::SeriesSource& source, MonoNs now, WallNs wall) {
  table_.update(source, now);
  faults_.clear();
  std::vector<Condition> out;
  std::optional<state::LocalTime> local;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (!always(rules_[i].only) && calendar_) {
      if (!local) local = calendar_->local_time(wall);
      if (!contains(rules_[i].only, *local)) continue;
    }
    ask(i, now, wall, out);
  }
  return out;
}

void RuleSet::ask(std::uint32_t index, MonoNs now, WallNs wall, std::vector<Condition>& out) {
  const Program& program = programs_[index];
  const auto result = evaluator_.run(program, table_, now, wall);
  if (!result) return faults_.push_back({index, result.error().message()});
  if ((*result)->size() > kMostConditions)
    faults_.push_back({index, fmt::format("it holds for {} label sets, more than the {} that are kept",
                                          (*result)->size(), kMostConditions)});
  for (std::size_t i = 0; i < std::min((*result)->size(), kMostConditions); ++i) {
    const Sample& sample = (**result)[i];
    Condition condition{index, *sample.labels, sample.value};
    for (const auto& [name, value] : rules_[index].labels) set_label(condition.labels, name, value);
    out.push_back(std::move(condition));
  }
  for (std::size_t i = 0; i < program.selectors.size(); ++i) {
    if (program.expression.nodes[i].kind != Node::Kind::selector || !table_.cut(program.selectors[i]))
      continue;
    return faults_.push_back({index, "all rules together look at more series than can be kept"});
  }
}

std::string RuleSet::summary(const Condition& condition) const {
  return rules_[condition.rule].summary.render(condition.labels, condition.value);
}

config::Problems check_rules(const config::Settings& settings) {
  config::Problems problems = read_rules(settings).problems;
  inhibitions_of(settings, &problems);
  return problems;
}

}  // namespace steward::alerts
