#include "convert/unit_reader.hpp"

#include <algorithm>
#include <array>

#include "convert/systemd_rules.hpp"
#include "convert/unit_values.hpp"

namespace steward::convert {

namespace {
constexpr std::int64_t kLongestStop = config::kDay;
constexpr std::int64_t kMostFiles = 1'048'576;
}  // namespace

const UnitReader::Mapped UnitReader::kMapped[] = {
    {"Description", &UnitReader::description},
    {"ExecStart", &UnitReader::commands},
    {"ExecStartPre", &UnitReader::commands},
    {"Environment", &UnitReader::environment},
    {"EnvironmentFile", &UnitReader::environment_file},
    {"WorkingDirectory", &UnitReader::working_directory},
    {"User", &UnitReader::user},
    {"Group", &UnitReader::group},
    {"Type", &UnitReader::type},
    {"Restart", &UnitReader::restart},
    {"RestartSec", &UnitReader::restart_delay},
    {"RestartMaxDelaySec", &UnitReader::restart_delay_max},
    {"StartLimitIntervalSec", &UnitReader::limit_interval},
    {"StartLimitInterval", &UnitReader::limit_interval},
    {"StartLimitBurst", &UnitReader::limit_burst},
    {"TimeoutStartSec", &UnitReader::start_timeout},
    {"TimeoutStopSec", &UnitReader::stop_timeout},
    {"TimeoutSec", &UnitReader::both_timeouts},
    {"WatchdogSec", &UnitReader::watchdog},
    {"KillMode", &UnitReader::kill_mode},
    {"KillSignal", &UnitReader::kill_signal},
    {"MemoryMax", &UnitReader::memory_max},
    {"MemoryLimit", &UnitReader::memory_max},
    {"LimitNOFILE", &UnitReader::files_max},
    {"StandardOutput", &UnitReader::output},
    {"StandardError", &UnitReader::output},
    {"After", &UnitReader::after},
    {"Requires", &UnitReader::after},
    {"Wants", &UnitReader::after},
    {"BindsTo", &UnitReader::after},
    {"Requisite", &UnitReader::after},
    {"PartOf", &UnitReader::after},
};

Result<ForeignBot> UnitReader::read() {
  keeper::BotSpec& spec = out_.bot.spec;
  spec.restart_delay = 100 * kMillisecond;  // RestartSec='s default
  spec.stop_timeout = kDefaultTimeout;
  for (const Directive& directive : unit_.directives) take(directive);
  if (!fault_ && start_.empty())
    fault_ =
        Error(Code::invalid, fmt::format("{}: it has no ExecStart=, so there is nothing to run", unit_.path));
  if (fault_) return std::unexpected(*fault_);
  finish_environment();
  finish_command();
  finish_working_dir();
  finish_group();
  finish_type();
  finish_restart();
  finish_budget();
  return std::move(out_);
}

void UnitReader::take(const Directive& raw) {
  if (raw.section == "Unit" && raw.key == "Before") return;  // add_before()
  Directive d = raw;
  std::string unknown;
  d.value = resolve_specifiers(raw.value, unit_, machine_, unknown);
  if (!unknown.empty()) lost(raw, "what {} stands for is not known here; write it yourself", unknown);
  // Of these the words are split first, so that a space in what is put in splits none.
  if (raw.key.starts_with("Exec") || raw.key == "Environment") d.value = raw.value;
  const auto mapped = std::ranges::find(kMapped, d.key, &Mapped::key);
  if (mapped != std::end(kMapped) && (d.section == "Service" || d.section == "Unit")) {
    (this->*mapped->take)(d);
  } else {
    take_unmapped(d);
  }
}

void UnitReader::take_unmapped(const Directive& d) {
  const Treatment treatment = treatment_of(d.section, d.key);
  if (treatment.lost) {
    lost(d, "{}", treatment.text);
  } else {
    note(d, "{}", treatment.text);
  }
}

std::optional<std::int64_t> UnitReader::time_of(const Directive& d) {
  const auto time = unit_time_span(d.value);
  if (!time) lost(d, "expected a time such as \"5min 20s\"; systemd would not take it either");
  return time;
}

void UnitReader::commands(const Directive& d) {
  auto& list = d.key == "ExecStart" ? start_ : start_pre_;
  if (d.value.empty()) return list.clear();
  auto parsed = parse_unit_commands(d.value);
  if (!parsed) {
    fault_ =
        Error(Code::invalid, fmt::format("{}:{}: {}: {}", d.file, d.line, d.key, parsed.error().message()));
    return;
  }
  for (UnitCommand& command : *parsed) {
    for (std::string& word : command.words) word = resolved(word);
    list.emplace_back(d, std::move(command));
  }
}

void UnitReader::environment(const Directive& d) {
  if (d.value.empty()) return environments_.clear();
  environments_.push_back(d);
}

void UnitReader::environment_file(const Directive& d) {
  if (d.value.empty()) return environment_files_.clear();
  environment_files_.push_back(d);
}

void UnitReader::restart_delay(const Directive& d) {
  const auto time = time_of(d);
  if (!time) return;
  if (*time == kInfinite)
    return lost(d, "a bot is started again after a time; restart = \"never\" is for those that are not");
  out_.bot.spec.restart_delay = *time;
  delay_given_ = true;
}

void UnitReader::restart_delay_max(const Directive& d) {
  const auto time = time_of(d);
  if (!time || *time == kInfinite) return;
  out_.bot.spec.restart_delay_max = *time;
  delay_max_given_ = true;
}

void UnitReader::stop_timeout(const Directive& d) {
  const auto time = time_of(d);
  if (!time) return;
  out_.bot.spec.stop_timeout = *time;
  if (*time != kInfinite && *time != 0) return;
  out_.bot.spec.stop_timeout = kLongestStop;
  lost(d, "Steward does not wait for ever; stop_timeout is a day");
}

void UnitReader::watchdog(const Directive& d) {
  const auto time = time_of(d);
  if (time) out_.bot.spec.watchdog = *time == kInfinite ? 0 : *time;
}

void UnitReader::kill_mode(const Directive& d) {
  if (d.value == "control-group" || d.value == "mixed") {
    note(d, "SIGTERM goes to the main process; after stop_timeout all that it started is killed");
  } else {
    lost(d, "Steward leaves no process of a bot behind");
  }
}

void UnitReader::kill_signal(const Directive& d) {
  if (d.value == "SIGTERM" || d.value == "15" || d.value == "TERM") return;
  lost(d, "Steward stops a bot with SIGTERM; let the bot handle that as it does {}", d.value);
}

void UnitReader::memory_max(const Directive& d) {
  const auto bytes = unit_bytes(d.value);
  if (!bytes) return lost(d, "write memory_max in bytes, such as \"512MiB\"");
  out_.bot.spec.memory_max = *bytes == kInfinite ? 0 : *bytes;
}

void UnitReader::files_max(const Directive& d) {
  const std::string first = d.value.substr(0, d.value.find(':'));
  const auto count = unit_bytes(first);
  if (!count) return lost(d, "expected a number");
  out_.bot.spec.files_max = std::min(*count, kMostFiles);
  if (first != d.value) note(d, "files_max is the soft limit");
}

void UnitReader::output(const Directive& d) {
  constexpr std::array<std::string_view, 4> kLogs{"journal", "inherit", "syslog", "journal+console"};
  if (d.value.empty() || std::ranges::find(kLogs, d.value) != kLogs.end()) {
    note(d, "standard output and error are in `steward logs {}`", out_.bot.name());
  } else {
    lost(d, "standard output and error go to Steward's log alone, `steward logs {}`", out_.bot.name());
  }
}

void UnitReader::after(const Directive& d) {
  std::string_view rest = d.value;
  std::string foreign;
  bool covered = false;
  while (!(rest = trimmed(rest)).empty()) {
    const std::string name(rest.substr(0, rest.find_first_of(" \t")));
    rest.remove_prefix(name.size());
    auto& known = out_.bot.spec.after;
    const std::string bot = name.ends_with(".service") ? bot_name(name.substr(0, name.size() - 8)) : "";
    const bool given = std::ranges::find(others_, name) != others_.end();
    if (given && name != unit_.name && d.key != "PartOf") {
      if (std::ranges::find(known, bot) == known.end()) known.push_back(bot);
    } else if (name.ends_with(".target")) {
      covered = true;
    } else if (!given) {
      foreign += " " + name;
    }
  }
  if (d.key == "PartOf") return lost(d, "stopping one bot does not stop another");
  if (!foreign.empty())
    lost(d, "not among the units given, so nothing waits for{}; start Steward after it", foreign);
  if (covered) note(d, "the bot starts with Steward, whose own unit waits for what it needs");
}

}  // namespace steward::convert
