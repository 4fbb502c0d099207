// steward alerts: export and test, which need no agent
#include <algorithm>

#include "alerts/alarm_json.hpp"
#include "alerts/prometheus_rules.hpp"
#include "alerts/recording.hpp"
#include "alerts/trial.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

/// The configuration's, which has to be right; the default rules alone when there is no file.
Result<config::Settings> settings_with_rules(const Options& options) {
  const auto file = config::find_config(options.config);
  if (!file && options.config.empty()) return config::Settings{};
  if (!file) return std::unexpected(file.error());
  const auto text = read_file(*file, config::kLargestFile);
  if (!text) return std::unexpected(text.error());
  config::Parsed parsed = config::parse(*text, *file);
  if (!config::any_error(parsed.problems)) parsed.problems = alerts::check_rules(parsed.settings);
  if (config::any_error(parsed.problems))
    return fail(Code::invalid, "{}", config::error_sentences(parsed.problems));
  return std::move(parsed.settings);
}

Result<alerts::Recording> read_recording(const std::string& path) {
  const auto text = read_file(path, alerts::Recording::kMostBytes);
  if (!text) return std::unexpected(text.error());
  auto recording = alerts::Recording::parse(*text);
  if (!recording) return fail(recording.error(), "{} is no recording", path);
  if (recording->end() - recording->begin() > alerts::kLongestTrial)
    return fail(Code::invalid, "{} covers {}, more than the {} that are played; cut it", path,
                format_duration(recording->end() - recording->begin()),
                format_duration(alerts::kLongestTrial));
  return recording;
}

void print_event(const alerts::TrialEvent& event) {
  const alerts::Alarm& alarm = event.alarm;
  std::string labels;
  for (const auto& [name, value] : alarm.labels)
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
  const bool never_fired = alarm.state == alerts::AlarmState::resolved && alarm.firing_since == 0;
  print(fmt::format("{}  {:<8}  {:<8}  {}{}  {}\n", format_utc(event.at),
                    never_fired ? "passed" : alerts::name_of(alarm.state), alerts::name_of(alarm.severity),
                    alarm.rule, labels.empty() ? "" : "{" + labels + "}", alarm.summary));
}

/// One line of JSON for each event.
void print_json(const alerts::TrialEvent& event) {
  JsonWriter out;
  out.object().field("at", event.at);
  alerts::write_fields(out, event.alarm);
  print(out.end().take() + "\n");
}

int run_alerts_export(const Options& options) {
  const auto settings = settings_with_rules(options);
  if (!settings) return give_up(settings.error());
  const auto rules = alerts::read_rules(*settings);
  print(alerts::prometheus_rules(rules));
  for (const alerts::Rule& rule : rules.rules)
    if (rule.only.weekdays != 0x7f || rule.only.from != 0 || rule.only.until != 24 * 60)
      remark(fmt::format("{} looks at all hours in Prometheus, which has no time zones", rule.name));
  return kDone;
}

int run_alerts_test(const Options& options) {
  const auto settings = settings_with_rules(options);
  if (!settings) return give_up(settings.error());
  auto recording = read_recording(options.target);
  if (!recording) return give_up(recording.error());
  auto rules = alerts::RuleSet::build(*settings);
  std::size_t fired = 0;
  alerts::run_trial(*recording, rules, [&](const alerts::TrialEvent& event) {
    fired += event.alarm.state == alerts::AlarmState::firing ? 1 : 0;
    options.json ? print_json(event) : print_event(event);
  });
  for (const alerts::RuleFault& fault : rules.faults())
    remark(fmt::format("{}: {}", rules.rule(fault.rule).name, fault.text));
  if (!options.json)
    remark(fmt::format("{} rules, {} of records, {} {}", rules.size(),
                       format_duration(recording->end() - recording->begin()), fired,
                       fired == 1 ? "alarm fired" : "alarms fired"));
  return rules.faults().empty() ? kDone : kFailed;
}

}  // namespace

std::vector<Command> alerts_commands() {
  std::vector<Command> all = alarm_commands();
  const std::vector<Command> more{
      {"test",
       "commands",
       "tell when the rules would have fired over recorded series",
       "FILE is Prometheus text or OpenMetrics in which every sample has its timestamp. Prints each alarm "
       "that "
       "would have been\npending, firing, resolved, or passed before its time, second by second. Exit status "
       "1: "
       "a rule could not be asked.\n\n"
       "  steward alerts test sunday.prom\n  steward alerts test --json sunday.prom | jq 'select(.state == "
       "\"firing\") | .rule'",
       {Arg::recording, Arg::json, Arg::config},
       run_alerts_test},
      {"export",
       "commands",
       "write the rules as a Prometheus rule file",
       "  steward alerts export > /etc/prometheus/steward.rules.yml\n  promtool check rules "
       "/etc/prometheus/steward.rules.yml",
       {Arg::config},
       run_alerts_export},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace steward::cli
