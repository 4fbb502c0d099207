#include "config/alert_rules.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/alert_names.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

namespace {

constexpr std::array<std::string_view, 4> kActions{"notify", "restart", "halt", "command"};
constexpr std::int64_t kMostLimit = 1'000'000'000'000;

constexpr std::array<std::string_view, 8> kLimits{"daily_loss",      "account_daily_loss", "drawdown",
                                                  "unrealized_loss", "exposure",           "account_exposure",
                                                  "positions",       "open_orders"};

bool is_rule_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, good) && name[0] != '-' &&
         name[0] != '_';
}

std::optional<LinedText> lined(TableReader& table, std::string_view key) {
  LinedText out;
  out.line = table.text(key, out.text);
  return out.line > 0 ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::int64_t> duration(TableReader& table, std::string_view key) {
  std::int64_t value = 0;
  return table.duration(key, value, 0) > 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::string> text(TableReader& table, std::string_view key) {
  std::string value;
  return table.text(key, value) > 0 ? std::optional(std::move(value)) : std::nullopt;
}

/// `only`; it means all hours of all days where it says nothing.
void read_only(TableReader& table, AlertRule& rule, Reading& reading) {
  int line = 0;
  TableReader only = table.table("only", line);
  Hours hours;
  const auto read = [&](std::string_view key, auto parse) {
    std::string text;
    const int at = only.text(key, text);
    if (at == 0) return;
    if (const Status good = parse(text, hours); !good)
      reading.problem(at, "only: {}", good.error().message());
  };
  read("hours", read_hours);
  read("weekdays", read_weekdays);
  if (line > 0) rule.only = hours;
  only.finish();
}

void read_actions(TableReader& table, AlertRule& rule, Reading& reading) {
  std::vector<std::string> words, command;
  const int line = table.texts("do", words);
  const auto unknown = std::ranges::find_if(
      words, [](const std::string& word) { return std::ranges::find(kActions, word) == kActions.end(); });
  if (unknown != words.end()) {
    reading.problem(line, "do must be of {}, found \"{}\"", fmt::join(kActions, ", "), *unknown);
  } else if (line > 0) {
    rule.actions = words;
  }
  const int command_line = table.texts("command", command);
  if (command_line > 0 && (command.empty() || command[0].empty()))
    return reading.problem(command_line,
                           "command must name a program, such as [\"/usr/bin/logger\", \"alarm\"]");
  if (command_line > 0) rule.command = std::move(command);
  const bool does = std::ranges::find(words, "command") != words.end();
  if (does && !rule.command)
    reading.problem(line, "do has \"command\" and there is none; add command = [\"PROGRAM\", \"ARGUMENT\"]");
  if (rule.command && rule.actions && !does)
    reading.problem(command_line, "this command is never run; add \"command\" to do, or take the line out");
}

void read_labels(TableReader& table, AlertRule& rule, Reading& reading) {
  const Member* member = table.any("labels");
  if (member == nullptr) return;
  const auto* labels = std::get_if<Node::Table>(&member->node.value);
  if (labels == nullptr)
    return reading.problem(member->line, "labels must be a table, such as {{team = \"racing\"}}, found {}",
                           member->node.description());
  std::vector<std::pair<std::string, std::string>> out;
  for (const Member& label : *labels) {
    const auto* value = std::get_if<std::string>(&label.node.value);
    const bool named =
        !label.key.empty() && label.key.size() <= 200 && !label.key.starts_with("__") &&
        (label.key[0] < '0' || label.key[0] > '9') && std::ranges::all_of(label.key, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (!named || value == nullptr || value->empty() || value->size() > 1024) {
      reading.problem(label.line,
                      "a label is a name of letters, digits and _ with a text, such as team = \"racing\"");
    } else {
      out.emplace_back(label.key, *value);
    }
  }
  rule.labels = std::move(out);
}

AlertRule read_rule(const Node::Table* members, int line, Reading& reading) {
  AlertRule rule;
  rule.line = line;
  TableReader unnamed(members, "[[alert.rule]]", "alert.rule", reading);
  const int name_line = unnamed.text("name", rule.name);
  const std::string title = rule.name.empty() ? "[[alert.rule]]" : "[[alert.rule]] " + rule.name;
  TableReader table(members, title, "alert.rule", reading);
  if (table.any("name") == nullptr) {
    if (members != nullptr)
      reading.problem(line, "this rule has no name; add one, such as name = \"daily-loss\"");
  } else if (name_line > 0 && !is_rule_name(rule.name)) {
    reading.problem(name_line,
                    "a rule's name is small letters, digits, - and _, at most 63, beginning with a letter or "
                    "digit; found \"{}\"",
                    rule.name);
  }
  LinedText when;
  when.line = table.lines("when", when.text);
  if (when.line > 0) rule.when = std::move(when);
  rule.hold_for = duration(table, "for");
  rule.clear_for = duration(table, "clear_for");
  AlertSeverity severity{};
  if (read_severity(table, "severity", severity, reading) > 0) rule.severity = severity;
  rule.summary = lined(table, "summary");
  rule.runbook = text(table, "runbook");
  read_labels(table, rule, reading);
  read_actions(table, rule, reading);
  read_only(table, rule, reading);
  bool enabled = true;
  if (table.truth("enabled", enabled) > 0) rule.enabled = enabled;
  table.finish();
  return rule;
}

void read_rules(TableReader& alert, AlertRules& out, Reading& reading) {
  std::vector<std::pair<std::string, int>> seen;
  for (const Node* item : alert.tables("rule", kMostAlertRules)) {
    AlertRule rule = read_rule(&std::get<Node::Table>(item->value), item->line, reading);
    if (!rule.name.empty()) seen.emplace_back(rule.name, rule.line);
    out.rules.push_back(std::move(rule));
  }
  std::ranges::sort(seen);
  for (std::size_t i = 1; i < seen.size(); ++i)
    if (seen[i].first == seen[i - 1].first)
      reading.problem(seen[i].second,
                      "a second rule named \"{}\"; the first is on line {}; names must differ", seen[i].first,
                      seen[i - 1].second);
}

void read_off(TableReader& alert, AlertRules& out) {
  std::vector<std::string> names;
  const int line = alert.texts("off", names);
  for (std::string& name : names) out.off.push_back({std::move(name), line});
}

void read_limits(TableReader& alert, AlertRules& out) {
  int line = 0;
  TableReader limits = alert.table("limits", line);
  for (const std::string_view name : kLimits) {
    std::int64_t value = 0;
    if (limits.integer(name, value, 1, kMostLimit) > 0) out.limits.push_back({std::string(name), value});
  }
  limits.finish();
}

}  // namespace

void read_alert_rules(TableReader& alert, AlertRules& out, Reading& reading) {
  read_rules(alert, out, reading);
  read_off(alert, out);
  read_limits(alert, out);
}

std::vector<std::string_view> limit_names() {
  return {kLimits.begin(), kLimits.end()};
}

ParsedRules parse_alert_rules(std::string_view text, const std::string& file) {
  ParsedRules out;
  Reading reading{file};
  if (const auto document = parse_document(text); !document) {
    reading.problem(document.error().line, "not TOML: {}", document.error().text);
  } else {
    TableReader root(&std::get<Node::Table>(document->value), file, "", reading);
    int line = 0;
    TableReader alert = root.table("alert", line);
    read_alert_rules(alert, out.rules, reading);
    alert.finish();
    root.finish();
  }
  out.problems = std::move(reading.problems);
  return out;
}

void know_alert_rules(Reading& reading) {
  read_rule(nullptr, 0, reading);
}

}  // namespace steward::config
