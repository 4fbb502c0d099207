#include "alerts/prometheus_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "alerts/opening_hours.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

/// A JSON string is a YAML one.
std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string only_text(const config::Hours& hours) {
  std::string days;
  for (unsigned day = 0; day < 7; ++day)
    if ((hours.weekdays >> day & 1) != 0)
      days += (days.empty() ? "" : ",") + std::string(&"mon\0tue\0wed\0thu\0fri\0sat\0sun"[day * 4]);
  return fmt::format("{:02}:{:02}-{:02}:{:02} {}", hours.from / 60, hours.from % 60, hours.until / 60,
                     hours.until % 60, days);
}

std::string rule_text(const Rule& rule) {
  std::string out =
      fmt::format("      - alert: {}\n        expr: {}\n", quoted(rule.name), quoted(print(rule.when)));
  if (rule.hold_for > 0) out += fmt::format("        for: {}\n", duration_setting(rule.hold_for));
  if (rule.clear_for > 0)
    out += fmt::format("        keep_firing_for: {}\n", duration_setting(rule.clear_for));
  out += fmt::format("        labels:\n          severity: {}\n", name_of(rule.severity));
  for (const auto& [name, value] : rule.labels)
    if (name != "severity") out += fmt::format("          {}: {}\n", name, quoted(value));
  out += fmt::format("        annotations:\n          summary: {}\n", quoted(rule.summary.for_prometheus()));
  if (!rule.runbook.empty()) out += fmt::format("          runbook_url: {}\n", quoted(rule.runbook));
  if (rule.actions != std::vector{Action::notify}) {
    std::vector<std::string_view> names;
    for (const Action action : rule.actions) names.push_back(name_of(action));
    out += fmt::format("          steward_do: \"{}\"\n", fmt::join(names, ", "));
  }
  if (!always(rule.only)) out += fmt::format("          steward_only: \"{}\"\n", only_text(rule.only));
  return out;
}

}  // namespace

std::string prometheus_rules(const ReadRules& rules) {
  std::string out =
      "# Made by `steward alerts export`.\ngroups:\n  - name: steward\n    interval: 5s\n    rules:\n";
  for (const Rule& rule : rules.rules) out += rule_text(rule);
  for (const SleepingRule& rule : rules.sleeping)
    out += fmt::format("# {} sleeps: [alert.limits] has no {}\n", rule.name, rule.needs.substr(7));
  return out;
}

}  // namespace steward::alerts
