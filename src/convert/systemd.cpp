#include "convert/systemd.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "convert/shell_words.hpp"
#include "convert/systemd_rules.hpp"
#include "convert/unit_command.hpp"
#include "convert/unit_values.hpp"
#include "keeper/run_files.hpp"

namespace steward::convert {

namespace {

constexpr std::int64_t kDefaultStart = 90 * kSecond;  // DefaultTimeoutStartSec=, DefaultTimeoutStopSec=
constexpr std::int64_t kLongestStop = config::kDay;
constexpr std::int64_t kMostFiles = 1'048'576;

/// Turns one unit into one bot: take() each directive, then finish().
class UnitReader {
 public:
  UnitReader(const Unit& unit, const std::vector<std::string>& others, const Machine& machine)
      : unit_(unit), others_(others), machine_(machine) {
    out_.origin = unit.path;
    out_.bot.spec.name =
        bot_name(unit.name.substr(0, unit.name.size() - std::string_view(".service").size()));
  }

  Result<ForeignBot> read();

 private:
  using Take = void (UnitReader::*)(const Directive&);
  struct Mapped {
    std::string_view key;
    Take take;
  };
  static const Mapped kMapped[];

  template <class... Args>
  void lost(const Directive& d, fmt::format_string<Args...> text, Args&&... args) {
    remarks(d).lost(d.line, "{}={}: {}", d.key, clipped(d.value),
                    fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void note(const Directive& d, fmt::format_string<Args...> text, Args&&... args) {
    remarks(d).note(d.line, "{}={}: {}", d.key, clipped(d.value),
                    fmt::format(text, std::forward<Args>(args)...));
  }
  Remarks remarks(const Directive& d) { return {out_.remarks, d.file}; }

  void take(const Directive& raw);
  void take_unmapped(const Directive& d);
  std::optional<std::int64_t> time_of(const Directive& d);
  std::string resolved(const std::string& word) const {
    std::string unknown;  // said by take()
    return resolve_specifiers(word, unit_, machine_, unknown);
  }

  void description(const Directive& d) { out_.origin = unit_.path + ": " + d.value; }
  void commands(const Directive& d);
  void environment(const Directive& d);
  void environment_file(const Directive& d);
  void working_directory(const Directive& d) { working_dir_ = d; }
  void user(const Directive& d) { out_.bot.user = d.value; }
  void group(const Directive& d) { group_ = d; }
  void type(const Directive& d) { type_ = d; }
  void restart(const Directive& d) { restart_ = d; }
  void restart_delay(const Directive& d);
  void restart_delay_max(const Directive& d);
  void limit_interval(const Directive& d) { limit_interval_ = d; }
  void limit_burst(const Directive& d) { limit_burst_ = d; }
  void start_timeout(const Directive& d) { start_timeout_ = d; }
  void stop_timeout(const Directive& d);
  void both_timeouts(const Directive& d) { start_timeout(d), stop_timeout(d); }
  void watchdog(const Directive& d);
  void kill_mode(const Directive& d);
  void kill_signal(const Directive& d);
  void memory_max(const Directive& d);
  void files_max(const Directive& d);
  void output(const Directive& d);
  void after(const Directive& d);

  void finish_environment();
  void finish_command();
  void finish_working_dir();
  void finish_group();
  void finish_type();
  void finish_restart();
  void finish_budget();
  std::vector<std::string> command_of(const std::vector<UnitCommand>& before, const UnitCommand& main);

  const Unit& unit_;
  const std::vector<std::string>& others_;
  const Machine& machine_;
  ForeignBot out_;
  std::vector<std::pair<Directive, UnitCommand>> start_, start_pre_;
  std::vector<Directive> environments_, environment_files_;
  std::optional<Directive> working_dir_, group_, type_, restart_, limit_interval_, limit_burst_,
      start_timeout_;
  bool delay_given_ = false, delay_max_given_ = false;
  std::optional<Error> fault_;
};

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
  spec.stop_timeout = kDefaultStart;
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

void UnitReader::finish_environment() {
  auto& spec = out_.bot.spec;
  for (const Directive& d : environments_) {
    const auto words = unit_words(d.value);
    if (!words) {
      lost(d, "{}", words.error().message());
      continue;
    }
    Remarks about = remarks(d);
    for (const std::string& raw : *words) {
      const std::string word = resolved(raw);
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        about.lost(d.line, "Environment={}: expected NAME=VALUE", word);
      } else {
        set_variable(out_, about, d.line, word.substr(0, equals), word.substr(equals + 1));
      }
    }
  }
  const Directive* last = nullptr;
  for (const Directive& d : environment_files_) {
    const bool optional = d.value.starts_with('-');
    const std::string path = d.value.substr(optional ? 1 : 0);
    if (path.find_first_of("*?[") != std::string::npos) {
      lost(d, "env_file is one file; name it");
    } else if (optional && !machine_.text(path)) {
      note(d,
           "there is no such file that can be read now, so it is left out; add env_file = \"{}\" when there "
           "is",
           path);
    } else {
      if (last != nullptr) lost(*last, "a bot has one env_file; put the lines into {}", path);
      last = &d;
      spec.env_file = path;
    }
  }
  if (last == nullptr || spec.env.empty()) return;
  // systemd lets the file win, Steward `environment`.
  const auto text = machine_.text(spec.env_file);
  if (!text)
    return lost(
        *last,
        "the file cannot be read now: `environment` wins over it, which systemd does the other way round");
  const auto entries = keeper::parse_env_file(*text);
  if (!entries) return lost(*last, "{}; Steward takes no other lines", entries.error().message());
  for (const auto& [name, value] : *entries)
    std::erase_if(spec.env, [&](const auto& variable) { return variable.first == name; });
}

/// The words that run `main` after `before`; a shell's when there is something that only a shell does.
std::vector<std::string> UnitReader::command_of(const std::vector<UnitCommand>& before,
                                                const UnitCommand& main) {
  Variables known;
  if (out_.bot.spec.env_file.empty()) known.insert(out_.bot.spec.env.begin(), out_.bot.spec.env.end());
  bool ok = false;
  auto words = expanded(main, known, ok);
  if (before.empty() && ok && !main.by_shell) return words;
  std::string script = "set -f; ";  // systemd expands no * either
  for (const UnitCommand& command : before)
    script += shell_text(command) + (command.may_fail ? " || :; " : " || exit; ");
  if (main.by_shell) {
    std::string text;
    for (const std::string& word : main.words) text += (text.empty() ? "" : " ") + word;
    return {"sh", "-c", script + text};
  }
  return {"sh", "-c", script + "exec " + shell_text(main)};
}

void UnitReader::finish_command() {
  std::vector<UnitCommand> before;
  for (const auto& [d, command] : start_pre_) {
    before.push_back(command);
    if (command.as_root && !out_.bot.user.empty()) lost(d, "it runs as the bot's user");
  }
  for (std::size_t i = 0; i + 1 < start_.size(); ++i) before.push_back(start_[i].second);
  const auto& [d, main] = start_.back();
  auto& args = out_.bot.spec.args;
  args = command_of(before, main);
  if (!before.empty())
    note(d, "a shell runs what comes before it, then becomes the bot");
  else if (args.size() == 3 && args[0] == "sh" && main.words.size() != args.size())
    note(d, "a shell puts the variables in, then becomes the bot");
  if (main.may_fail) lost(d, "\"-\": to Steward an exit status other than 0 is a failure");
  if (main.own_name) lost(d, "\"@\": the program is started under its own name");
  if (main.as_root && !out_.bot.user.empty()) {
    lost(d, "\"+\" and \"!\": the program has the rights of its user {}", out_.bot.user);
  }
}

void UnitReader::finish_working_dir() {
  std::string& folder = out_.bot.spec.working_dir;
  const auto home = [&] {
    const char* own = ::getenv("HOME");
    if (!out_.bot.user.empty()) return machine_.home(out_.bot.user).value_or("/home/" + out_.bot.user);
    return unit_.of_user && own != nullptr ? std::string(own) : machine_.home("root").value_or("/root");
  };
  folder = unit_.of_user ? home() : "/";
  if (!working_dir_ || working_dir_->value.empty()) return;
  const bool optional = working_dir_->value.starts_with('-');
  const std::string path = working_dir_->value.substr(optional ? 1 : 0);
  if (path == "~") {
    folder = home();
  } else if (optional && !machine_.is_folder(path)) {
    note(*working_dir_, "there is no such folder now, so it is {}", folder);
  } else if (!path.starts_with('/')) {
    lost(*working_dir_, "expected an absolute path");
  } else {
    folder = path;
  }
}

void UnitReader::finish_group() {
  if (!group_ || group_->value.empty()) return;
  if (group_->value == out_.bot.user) return note(*group_, "it is the user's own group");
  lost(*group_, "a bot has the groups of its user");
}

void UnitReader::finish_type() {
  const std::string type = type_ ? type_->value : "simple";
  auto& spec = out_.bot.spec;
  if (type == "forking") {
    lost(*type_,
         "Steward watches the process it started: let the program stay in the foreground (no --daemon)");
  } else if (type == "dbus") {
    lost(*type_, "ready means READY=1 or a second of life");
  } else if (type == "oneshot") {
    note(*type_, "it runs until it ends; bots that are `after` it start as soon as it has lived a second");
  }
  const bool notifies = type == "notify" || type == "notify-reload";
  if (notifies) spec.start_timeout = kDefaultStart;
  if (!start_timeout_) return;
  const auto time = time_of(*start_timeout_);
  if (!time) return;
  if (notifies) {
    spec.start_timeout = *time == kInfinite ? 0 : *time;
  } else {
    note(*start_timeout_, "a program that does not say READY=1 is ready at once");
  }
}

void UnitReader::finish_restart() {
  using keeper::Restart;
  auto& spec = out_.bot.spec;
  const std::string value = restart_ ? restart_->value : "no";
  spec.restart = value == "no" || value.empty()               ? Restart::never
                 : value == "always" || value == "on-success" ? Restart::always
                                                              : Restart::on_failure;
  if (value == "on-success") {
    lost(*restart_, "Steward starts it again after a failure too");
  } else if (value == "on-abnormal" || value == "on-abort" || value == "on-watchdog") {
    lost(*restart_, "restart = \"on-failure\" also starts it again after an exit status other than 0");
  }
  // One that fails at once is not tried at such a pace for ever, as systemd does not.
  const bool calm = delay_given_ && spec.restart_delay >= kSecond;
  if (calm && !delay_max_given_) spec.restart_delay_max = spec.restart_delay;
  spec.restart_delay_max = std::max(spec.restart_delay, spec.restart_delay_max);
}

void UnitReader::finish_budget() {
  if (!limit_interval_ && !limit_burst_) return;
  auto& spec = out_.bot.spec;
  const Directive& named = limit_burst_ ? *limit_burst_ : *limit_interval_;
  std::int64_t burst = 5, interval = 10 * kSecond;
  if (limit_burst_) {
    const std::string& text = limit_burst_->value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), burst);
    if (error != std::errc{} || burst < 0) return lost(named, "expected a number");
  }
  if (limit_interval_) {
    const auto time = time_of(*limit_interval_);
    if (!time) return;
    interval = std::min(*time, 100 * 365 * config::kDay);
  }
  const bool unlimited = burst == 0 || interval == 0;
  spec.budget_count = unlimited ? 10'000 : std::min<std::int64_t>(burst, 10'000);
  spec.budget_window = unlimited ? kSecond : std::max(interval, kSecond);
  if (!unlimited)
    note(named,
         "systemd gives up beyond it; Steward goes on at its longest delay and says so (\"struggling\")");
}

}  // namespace

Result<Converted> from_units(std::span<const Unit> units, const Machine& machine) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  Converted out;
  for (const Unit& unit : units) {
    auto bot = UnitReader(unit, names, machine).read();
    if (!bot) return std::unexpected(bot.error());
    out.bots.push_back(std::move(*bot));
  }
  add_before(units, out);
  return out;
}

}  // namespace steward::convert
