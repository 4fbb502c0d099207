// What can be told of a unit once all its directives are known.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "convert/shell_words.hpp"
#include "convert/unit_reader.hpp"
#include "convert/unit_values.hpp"
#include "keeper/run_files.hpp"

namespace steward::convert {

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
  if (notifies) spec.start_timeout = kDefaultTimeout;
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

}  // namespace steward::convert
