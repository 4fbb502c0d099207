#include "agent/alarm_actions.hpp"

#include <cstdlib>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_matcher.hpp"
#include "alerts/rule.hpp"
#include "keeper/client.hpp"
#include "keeper/gate_files.hpp"
#include "os/process.hpp"

namespace steward::agent {

namespace {

constexpr std::int64_t kKeeperPatience = 2 * kSecond;
constexpr std::int64_t kCommandTimeout = 60 * kSecond;
constexpr std::size_t kMostSaid = 200;

Status ask_keeper(const std::string& state, const std::vector<std::string>& words) {
  auto client = keeper::Client::connect(state, kKeeperPatience);
  if (!client) return std::unexpected(client.error());
  auto answer = client->request(words, kKeeperPatience);
  return answer ? Status{} : std::unexpected(answer.error());
}

std::string whose(const std::string& bot) {
  return bot == "*" ? "every gate" : "the gate of " + bot;
}

/// One line of what a program wrote, or nothing.
std::string said(const std::string& output) {
  const std::string line = output.substr(0, std::min(output.find('\n'), kMostSaid));
  return line.empty() ? "" : ": " + line;
}

alerts::TaskResult ended(const std::string& program, const Result<net::CommandEnd>& end) {
  if (!end) return {fmt::format("{} could not be run: {}", program, end.error().text())};
  return {fmt::format("{} {}{}", program, wait_status_text(end->status), said(end->output))};
}

}  // namespace

alerts::TaskResult halt(const std::string& state, const alerts::Alarm& alarm, const Clock& clock) {
  std::string bot(alerts::label_of(alarm, "bot"));
  if (bot.empty()) bot = "*";
  const std::string by = "rule " + alarm.rule;
  const std::string reason = fmt::format("{}: {}", by, alarm.summary).substr(0, 1000);
  Status done = ask_keeper(state, {"halt", bot, by, reason});
  // What the alarm is about is no bot that has a gate: better all than none.
  const bool no_such =
      !done && (done.error().code() == Code::not_found || done.error().code() == Code::invalid);
  if (no_such && bot != "*") done = ask_keeper(state, {"halt", bot = "*", by, reason});
  if (done) return {fmt::format("closed {}: no new orders", whose(bot))};
  auto closed = keeper::close_gate_files(state, bot, reason, clock.wall());
  if (!closed && closed.error().code() == Code::not_found && bot != "*")
    closed = keeper::close_gate_files(state, bot = "*", reason, clock.wall());
  if (!closed) {
    return {fmt::format("{} could not be closed, it is tried again: {}; {}", whose(bot), done.error().text(),
                        closed.error().text()),
            false};
  }
  return {
      fmt::format("closed {} in its file; bots that read no gate go on until the keeper answers", whose(bot)),
      false};
}

alerts::TaskResult restart(const std::string& state, const alerts::Alarm& alarm) {
  const std::string bot(alerts::label_of(alarm, "bot"));
  if (bot.empty()) return {"nothing was restarted: the alarm has no label bot"};
  const Status done = ask_keeper(state, {"restart", bot});
  return {done ? fmt::format("restarted {}", bot)
               : fmt::format("{} was not restarted: {}", bot, done.error().text())};
}

AlarmActions::~AlarmActions() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AlarmActions::begin(const alerts::Task& task) {
  if (task.action == alerts::Action::command) return run_command(task);
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    taken = waiting_.size() < kMostWaiting;
    if (taken) waiting_.push_back(task);
  }
  if (!taken) {
    const alerts::TaskResult later{"too much is to be done at once, it waits", false};
    return parts_.executor([this, task, later] { parts_.done(task, later); });
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  wake_.notify_one();
}

void AlarmActions::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const alerts::Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const alerts::TaskResult result = task.action == alerts::Action::halt
                                          ? halt(parts_.state, task.alarm, parts_.clock)
                                          : restart(parts_.state, task.alarm);
    parts_.executor([this, task, result] { parts_.done(task, result); });
    lock.lock();
  }
}

void AlarmActions::run_command(const alerts::Task& task) {
  if (task.command.empty()) {
    const alerts::TaskResult none{"no command was run: its rule has none any more"};
    return parts_.executor([this, task, none] { parts_.done(task, none); });
  }
  net::Command command{
      .args = task.command, .input = alerts::to_json(task.alarm) + "\n", .timeout_ns = kCommandTimeout};
  for (const char* name : {"PATH", "HOME", "LANG", "TZ"}) {
    if (const char* value = std::getenv(name)) command.env.push_back(std::string(name) + "=" + value);
  }
  command.env.push_back("STEWARD_RULE=" + task.alarm.rule);
  command.env.push_back(fmt::format("STEWARD_SEVERITY={}", alerts::name_of(task.alarm.severity)));
  parts_.run_command(std::move(command), [this, task](const Result<net::CommandEnd>& end) {
    parts_.done(task, ended(task.command.front(), end));
  });
}

}  // namespace steward::agent
