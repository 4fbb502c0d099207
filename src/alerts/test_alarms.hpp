#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "alerts/life_cycle.hpp"
#include "alerts/record.hpp"
#include "alerts/rule.hpp"

namespace steward::alerts {

/// Rules by name, for tests of what comes after them.
class TestRules final : public RuleBook {
 public:
  Rule& add(const std::string& name, Severity severity = Severity::warning) {
    Rule rule;
    rule.name = name;
    rule.severity = severity;
    rules_.push_back(std::move(rule));
    return rules_.back();
  }
  Condition holds(const std::string& name, LabelSet labels = {}, double value = 1) const {
    for (std::uint32_t place = 0; place < rules_.size(); ++place) {
      if (rules_[place].name == name) return {place, std::move(labels), value};
    }
    throw std::logic_error("no rule " + name);
  }
  void remove(const std::string& name) {
    std::erase_if(rules_, [&](const Rule& rule) { return rule.name == name; });
  }

  const Rule& rule(std::uint32_t place) const override { return rules_.at(place); }
  const Rule* find(std::string_view name) const override {
    for (const Rule& rule : rules_) {
      if (rule.name == name) return &rule;
    }
    return nullptr;
  }
  std::string summary(const Condition& condition) const override {
    return fmt::format("{} is {}", rule(condition.rule).name, condition.value);
  }

 private:
  std::vector<Rule> rules_;
};

/// The rows that a database would hold after these changes.
inline void apply(store::AlarmRows& rows, const store::AlarmChanges& changes) {
  rows.alarms.apply(changes.alarms), rows.groups.apply(changes.groups), rows.members.apply(changes.members);
  rows.silences.apply(changes.silences), rows.outbox.apply(changes.outbox);
  rows.history.apply(changes.history), rows.audit.apply(changes.audit);
}

/// "firing slack bot-down/racing,bot-down/x": who is told what, for tests.
inline std::string short_text(const Notification& message) {
  constexpr std::string_view kKinds[] = {"firing", "resolved", "digest", "test"};
  std::string text = fmt::format("{} {}", kKinds[static_cast<std::size_t>(message.kind)], message.channel);
  for (const Alarm& alarm : message.alarms) {
    text += " " + alarm.rule;
    for (const auto& [name, value] : alarm.labels) text += "/" + value;
  }
  return text;
}

}  // namespace steward::alerts
