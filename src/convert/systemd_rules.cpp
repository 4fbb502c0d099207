#include "convert/systemd_rules.hpp"

#include <algorithm>

namespace steward::convert {

namespace {

struct Rule {
  std::string_view key;
  Treatment treatment;
};

constexpr Rule kRules[] = {
    {"ExecStop", {true, "Steward stops a bot with SIGTERM; let the bot do there what this did"}},
    {"ExecStopPost", {true, "nothing runs after a bot has ended"}},
    {"ExecStartPost",
     {true, "nothing runs beside a bot that has started; make it a bot of its own, or let the bot do it"}},
    {"ExecReload", {true, "a bot is restarted, not reloaded"}},
    {"ExecCondition", {true, "a bot is started whatever this says"}},
    {"PIDFile", {true, "Steward watches the process it started and needs no file"}},
    {"DynamicUser", {true, "name a user; `adduser --system NAME` makes one"}},
    {"SupplementaryGroups", {true, "a bot has the groups of its user; `adduser USER GROUP` adds one"}},
    {"MemoryHigh", {true, "there is one limit, memory_max"}},
    {"OnFailure", {true, "nothing is started when a bot fails"}},
    {"RuntimeMaxSec", {true, "a bot may run for ever"}},
    {"SuccessExitStatus", {true, "an exit status other than 0 is a failure"}},
    {"RestartPreventExitStatus",
     {true, "it is started again whatever its exit status (restart = \"on-failure\": unless 0)"}},
    {"RestartForceExitStatus", {true, "restart = \"on-failure\" does not start it again after 0"}},
    {"PassEnvironment", {true, "a bot inherits nothing; name the variables in environment or env_file"}},
    {"UnsetEnvironment", {true, "a bot inherits nothing but PATH, HOME, USER, LANG and TZ"}},
    {"FinalKillSignal", {true, "after stop_timeout it is SIGKILL"}},
    {"RestartSteps", {true, "the delay doubles from restart_delay to restart_delay_max"}},
    {"Nice", {true, "let a shell set it: command = [\"nice\", \"-n\", \"5\", …]"}},
    {"RemainAfterExit", {true, "a bot that ended is shown as stopped"}},
    {"Documentation", {false, "kept here for you"}},
    {"SyslogIdentifier", {false, "the log of each bot is its own"}},
    {"NotifyAccess", {false, "any process of the bot may notify"}},
    {"SendSIGKILL", {false, "after stop_timeout whatever is left is killed"}},
    {"StandardInput", {false, "standard input is /dev/null"}},
    {"Alias", {false, "Steward's own unit is started at boot"}},
    {"AssertPathExists", {true, "a bot is started whether the path exists or not"}},
    {"ConditionPathExists", {true, "a bot is started whether the path exists or not"}},
    {"Slice", {false, "a bot has a control group of its own below Steward's"}},
};

std::size_t index_of(std::span<const Unit> units, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(units, name, &Unit::name) - units.begin());
}

}  // namespace

Treatment treatment_of(std::string_view section, std::string_view key) {
  if (section == "Install") return {false, "Steward's own unit is started at boot, and the bot with it"};
  if (section.starts_with("X-") || key.starts_with("X-")) return {false, "systemd takes no notice of it"};
  const auto rule = std::ranges::find(kRules, key, &Rule::key);
  if (rule != std::end(kRules)) return rule->treatment;
  if (section != "Service" && section != "Unit") return {true, "this section has no meaning for a bot"};
  for (const std::string_view begin :
       {"Protect", "Private", "Restrict", "System", "Capability", "Ambient", "NoNew", "ReadOnly", "ReadWrite",
        "Inaccessible", "Lock", "Memory", "IPAddress"}) {
    if (key.starts_with(begin)) return {true, "Steward puts no bot into a sandbox"};
  }
  if (key.starts_with("Limit")) return {true, "of the limits there are memory_max and files_max"};
  if (key.starts_with("CPU") || key.starts_with("IO") || key.starts_with("Tasks"))
    return {true, "of the limits there are memory_max and files_max"};
  if (key.starts_with("Condition") || key.starts_with("Assert"))
    return {true, "a bot is started whatever this says"};
  return {true, "Steward has no equivalent"};
}

void add_before(std::span<const Unit> units, Converted& converted) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (const Directive& d : units[i].directives) {
      if (d.section != "Unit" || d.key != "Before") continue;
      std::string_view rest = d.value;
      while (!(rest = trimmed(rest)).empty()) {
        const std::string_view name = rest.substr(0, rest.find_first_of(" \t"));
        rest.remove_prefix(name.size());
        const std::size_t other = index_of(units, name);
        if (other == units.size() || other == i) {
          Remarks(converted.bots[i].remarks, d.file)
              .lost(d.line, "Before={}: not among the units given, so it does not wait", name);
          continue;
        }
        auto& after = converted.bots[other].bot.spec.after;
        const std::string& mine = converted.bots[i].bot.name();
        if (std::ranges::find(after, mine) == after.end()) after.push_back(mine);
      }
    }
  }
}

}  // namespace steward::convert
