#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alerts/alarm.hpp"
#include "alerts/expression.hpp"
#include "alerts/summary.hpp"
#include "config/hours.hpp"

namespace steward::alerts {

/// What Steward does when a rule's alarm fires; in the order of doing: what protects money comes first.
enum class Action : std::uint8_t { halt, restart, command, notify };

/// One rule, ready to be asked: a default or a user's `[[alert.rule]]`. A plain value, which its RuleSet
/// owns.
struct Rule {
  std::string name;
  std::string condition;  ///< the expression as it was written, placeholders replaced
  Expression when;
  Severity severity = Severity::warning;
  std::int64_t hold_for = 0;   ///< ns that it must hold before it fires
  std::int64_t clear_for = 0;  ///< ns that it must not hold before it is resolved
  Summary summary;
  std::string runbook;                          ///< a path of docs/runbooks or an address; may be empty
  LabelSet labels;                              ///< added to those of the result; these win
  std::vector<Action> actions{Action::notify};  ///< sorted, none twice
  std::vector<std::string> command;             ///< of Action::command
  config::Hours only;                           ///< when it looks, in the configured zone
  bool built_in = false;                        ///< from the default set, whatever the user changed of it

  bool does(Action action) const;
};

/// "warning", and back; `severity_of` gives nothing for another word.
std::string_view name_of(Severity severity);
std::string_view name_of(Action action);

}  // namespace steward::alerts
