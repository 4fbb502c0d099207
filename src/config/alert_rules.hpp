#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/alert_channels.hpp"
#include "config/hours.hpp"
#include "config/problem.hpp"

namespace steward::config {

class TableReader;
struct Reading;

/// A text of the file with its line.
struct LinedText {
  std::string text;
  int line = 0;
};

/// One `[[alert.rule]]` as the file gives it; what is absent is that of the default rule with this name, or a
/// rule's usual. `when` and `summary`, which are languages of their own, are checked by
/// alerts::check_rules(). A plain value.
struct AlertRule {
  std::string name;
  std::optional<LinedText> when, summary;
  std::optional<std::int64_t> hold_for, clear_for;  ///< ns; `for` and `clear_for`
  std::optional<AlertSeverity> severity;
  std::optional<Hours> only;
  std::optional<std::string> runbook;
  std::optional<std::vector<std::string>> actions;  ///< `do`: notify, restart, halt, command
  std::optional<std::vector<std::string>> command;
  std::optional<std::vector<std::pair<std::string, std::string>>> labels;
  std::optional<bool> enabled;
  int line = 0;
};

/// The part of `[alert]` that is about rules. A plain value.
struct AlertRules {
  std::vector<AlertRule> rules;  ///< `[[alert.rule]]`, in the file's order
  std::vector<LinedText> off;    ///< `off = ["host-cpu"]`: rules that are not asked
  /// `[alert.limits]`: numbers that only the user knows; each switches a default rule on. 0: not given.
  struct Limit {
    std::string name;
    std::int64_t value = 0;
  };
  std::vector<Limit> limits;
};

/// The largest number of rules that a file may have.
inline constexpr std::size_t kMostAlertRules = 10'000;

/// Reads `rule`, `off` and `limits` of the table `[alert]`; whoever calls it reads the rest and finishes.
void read_alert_rules(TableReader& alert, AlertRules& out, Reading& reading);

/// Makes the keys of a rule known to known_keys().
void know_alert_rules(Reading& reading);

/// Names of the keys of `[alert.limits]`, as `${limits.NAME}` in the default rules has them.
std::vector<std::string_view> limit_names();

/// Rules out of a text of their own with `[[alert.rule]]` tables, as the default set is. `file` is for
/// messages.
struct ParsedRules {
  AlertRules rules;
  Problems problems;
};
ParsedRules parse_alert_rules(std::string_view text, const std::string& file);

}  // namespace steward::config
