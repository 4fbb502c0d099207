#include "alerts/read_rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "alerts/defaults.hpp"
#include "alerts/labels.hpp"
#include "config/nearest.hpp"
#include "metrics/catalogue.hpp"

namespace steward::alerts {

namespace {

constexpr std::int64_t kClearFor = 60 * kSecond;  // a condition that comes and goes is one alarm
constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};
constexpr std::array<std::string_view, 4> kActions{"halt", "restart", "command", "notify"};

/// `over`'s fields over those of `base`.
config::AlertRule merge(config::AlertRule base, const config::AlertRule& over) {
  const auto take = [](auto& into, const auto& from) {
    if (from) into = from;
  };
  take(base.when, over.when);
  take(base.summary, over.summary);
  take(base.only, over.only);
  take(base.hold_for, over.hold_for);
  take(base.clear_for, over.clear_for);
  take(base.severity, over.severity);
  take(base.runbook, over.runbook);
  take(base.actions, over.actions);
  take(base.command, over.command);
  take(base.labels, over.labels);
  take(base.enabled, over.enabled);
  base.line = over.line;
  return base;
}

class Reader {
 public:
  explicit Reader(const config::Settings& settings) : settings_(settings), numbers_(numbers_of(settings)) {}

  ReadRules read();

 private:
  void check_off();
  bool is_off(const config::AlertRule& rule) const;
  void add(const config::AlertRule& given, bool built_in);
  /// With its placeholders replaced; nothing when it sleeps or a number is unknown, which is told.
  std::optional<std::string> filled(const config::AlertRule& rule, const config::LinedText& text,
                                    bool built_in);
  bool read_when(const config::AlertRule& given, Rule& rule);
  bool read_summary(const config::AlertRule& given, Rule& rule);
  void read_rest(const config::AlertRule& given, Rule& rule);
  void check_metrics(const config::AlertRule& given, const Expression& when);
  void blame(const config::AlertRule& rule, int line, std::string text, bool warning = false);

  const config::Settings& settings_;
  Numbers numbers_;
  ReadRules out_;
};

ReadRules Reader::read() {
  const auto& own = settings_.alert_rules.rules;
  for (const config::AlertRule& built_in : default_rules()) {
    const auto over = std::ranges::find(own, built_in.name, &config::AlertRule::name);
    add(over == own.end() ? built_in : merge(built_in, *over), true);
  }
  for (const config::AlertRule& rule : own)
    if (std::ranges::find(default_rules(), rule.name, &config::AlertRule::name) == default_rules().end())
      add(rule, false);
  check_off();
  config::sort_by_line(out_.problems);
  return std::move(out_);
}

void Reader::blame(const config::AlertRule& rule, int line, std::string text, bool warning) {
  const std::string whose = rule.name.empty() ? "[[alert.rule]]" : "[[alert.rule]] " + rule.name;
  out_.problems.push_back({settings_.file, line, fmt::format("{}: {}", whose, text), warning});
}

bool Reader::is_off(const config::AlertRule& rule) const {
  const auto& off = settings_.alert_rules.off;
  return !rule.enabled.value_or(true) ||
         std::ranges::find(off, rule.name, &config::LinedText::text) != off.end();
}

void Reader::check_off() {
  std::vector<std::string_view> names;
  for (const config::AlertRule& rule : default_rules()) names.push_back(rule.name);
  for (const config::AlertRule& rule : settings_.alert_rules.rules) names.push_back(rule.name);
  for (const config::LinedText& off : settings_.alert_rules.off) {
    if (std::ranges::find(names, off.text) != names.end()) continue;
    const auto meant = config::nearest(off.text, names);
    out_.problems.push_back({settings_.file, off.line,
                             fmt::format("off names \"{}\", and there is no such rule{}", off.text,
                                         meant.empty() ? "; `steward alerts export` lists them"
                                                       : fmt::format("; did you mean \"{}\"?", meant))});
  }
}

void Reader::add(const config::AlertRule& given, bool built_in) {
  if (is_off(given) || given.name.empty()) return;
  if (!given.when) {
    std::vector<std::string_view> names;
    for (const config::AlertRule& rule : default_rules()) names.push_back(rule.name);
    const auto meant = config::nearest(given.name, names);
    return blame(
        given, given.line,
        fmt::format("this rule has no when; add one, such as when = \"daily_pnl < -200\"{}",
                    meant.empty() ? "" : fmt::format(", or did you mean the default \"{}\"?", meant)));
  }
  Rule rule{.name = given.name, .built_in = built_in};
  auto condition = filled(given, *given.when, built_in);
  if (!condition) return;
  rule.condition = std::move(*condition);
  std::ranges::replace(rule.condition, '\n', ' ');
  read_rest(given, rule);
  const bool asks = read_when(given, rule), tells = read_summary(given, rule);
  if (asks && tells) out_.rules.push_back(std::move(rule));
}

std::optional<std::string> Reader::filled(const config::AlertRule& rule, const config::LinedText& text,
                                          bool built_in) {
  auto out = fill_in(text.text, numbers_);
  if (out) return std::move(*out);
  const std::string& name = out.error().message();
  const auto limits = config::limit_names();
  if (built_in && name.starts_with("limits.") && std::ranges::find(limits, name.substr(7)) != limits.end()) {
    out_.sleeping.push_back({rule.name, name});
  } else {
    blame(rule, text.line, fmt::format("there is no number for ${{{}}}", name));
  }
  return std::nullopt;
}

bool Reader::read_when(const config::AlertRule& given, Rule& rule) {
  auto when = parse_expression(rule.condition);
  if (!when) {
    blame(given, given.when->line,
          fmt::format("when, column {}: {}", when.error().column, when.error().text));
    return false;
  }
  const bool asks = std::ranges::any_of(when->nodes, [](const Node& node) {
    return (node.kind == Node::Kind::binary && (compares(node.op) || node.op == Operator::unless)) ||
           (node.kind == Node::Kind::call && node.function == Function::absent);
  });
  if (when->root().type == Node::Type::scalar || !asks) {
    blame(given, given.when->line,
          "when holds always: compare it with a number, as in x > 0, or ask for absent(x)");
    return false;
  }
  if (given.when->line > 0 && !rule.built_in) check_metrics(given, *when);
  rule.when = std::move(*when);
  return true;
}

/// A name that nearly is one of Steward's is a slip, most likely; but a bot may have one of that name.
void Reader::check_metrics(const config::AlertRule& given, const Expression& when) {
  std::vector<std::string_view> names;
  for (const auto& definition : metrics::catalogue()) names.push_back(definition.name);
  for (const Node& node : when.nodes) {
    if (node.kind != Node::Kind::selector || std::ranges::find(names, node.metric) != names.end()) continue;
    const auto meant = config::nearest(node.metric, names);
    if (!meant.empty() && !node.metric.starts_with(fmt::format("{}_", meant)))
      blame(given, given.when->line,
            fmt::format("Steward has no metric \"{}\"; did you mean \"{}\"? (a bot may have one)",
                        node.metric, meant),
            true);
  }
}

bool Reader::read_summary(const config::AlertRule& given, Rule& rule) {
  std::string text = "{value} of ";
  if (given.summary) {
    auto whole = filled(given, *given.summary, rule.built_in);
    if (!whole) return false;
    text = std::move(*whole);
  } else {
    for (const char c : rule.condition) text += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  }
  auto summary = Summary::parse(text);
  if (!summary) {
    blame(given, given.summary ? given.summary->line : given.line, "summary, " + summary.error().message());
    return false;
  }
  rule.summary = std::move(*summary);
  return true;
}

void Reader::read_rest(const config::AlertRule& given, Rule& rule) {
  if (given.severity) rule.severity = static_cast<Severity>(*given.severity);
  rule.only = given.only.value_or(config::Hours{});
  rule.hold_for = given.hold_for.value_or(0);
  rule.clear_for = given.clear_for.value_or(kClearFor);
  rule.runbook = given.runbook.value_or(rule.built_in ? "docs/runbooks/" + rule.name + ".md" : "");
  if (given.labels)
    for (const auto& [name, value] : *given.labels) set_label(rule.labels, name, value);
  rule.command = given.command.value_or(std::vector<std::string>());
  if (!given.actions) return;
  rule.actions.clear();
  for (std::size_t i = 0; i < kActions.size(); ++i)
    if (std::ranges::find(*given.actions, kActions[i]) != given.actions->end())
      rule.actions.push_back(static_cast<Action>(i));
}

}  // namespace

ReadRules read_rules(const config::Settings& settings) {
  return Reader(settings).read();
}

bool Rule::does(Action action) const {
  return std::ranges::find(actions, action) != actions.end();
}

std::string_view name_of(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}
std::string_view name_of(Action action) {
  return kActions[static_cast<std::size_t>(action)];
}

}  // namespace steward::alerts
