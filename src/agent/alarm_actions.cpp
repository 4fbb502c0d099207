#include "agent/alarm_actions.hpp"

#include <fmt/ranges.h>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_matcher.hpp"
#include "alerts/rule.hpp"
#include "keeper/client.hpp"
#include "keeper/gate_files.hpp"
#include "os/environment.hpp"
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

std::string whose(const std::vector<std::string>& bots) {
  return bots[0] == "*" ? "every gate" : fmt::format("the gate of {}", fmt::join(bots, ", "));
}

bool is_no_bot(const Error& error) {
  return error.code() == Code::not_found || error.code() == Code::invalid;
}

Status halt_each(const std::string& state, const std::vector<std::string>& bots, const std::string& by,
                 const std::string& reason) {
  Status worst;
  for (const std::string& bot : bots) {
    if (const Status done = ask_keeper(state, {"halt", bot, by, reason}); !done) worst = done;
  }
  return worst;
}

Status close_files(const std::string& state, const std::vector<std::string>& bots, const std::string& reason,
                   WallNs now) {
  Status worst;
  for (const std::string& bot : bots) {
    if (const auto closed = keeper::close_gate_files(state, bot, reason, now); !closed)
      worst = std::unexpected(closed.error());
  }
  return worst;
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

alerts::TaskResult halt(const std::string& state, const alerts::Task& task, const Clock& clock) {
  const std::string bot(alerts::label_of(task.alarm, "bot"));
  std::vector<std::string> bots = bot.empty() ? task.bots : std::vector{bot};
  if (bots.empty()) bots = {"*"};
  const std::string by = "rule " + task.alarm.rule;
  const std::string reason = fmt::format("{}: {}", by, task.alarm.summary).substr(0, 1000);
  Status done = halt_each(state, bots, by, reason);
  // What the alarm is about is no bot that has a gate: better all than none.
  if (!done && is_no_bot(done.error())) done = halt_each(state, bots = {"*"}, by, reason);
  if (done) return {fmt::format("closed {}: no new orders", whose(bots))};
  Status closed = close_files(state, bots, reason, clock.wall());
  if (!closed && is_no_bot(closed.error())) closed = close_files(state, bots = {"*"}, reason, clock.wall());
  if (!closed) {
    return {fmt::format("{} could not be closed, it is tried again: {}; {}", whose(bots), done.error().text(),
                        closed.error().text()),
            false};
  }
  return {fmt::format("closed {} in its file; bots that read no gate go on until the keeper answers",
                      whose(bots)),
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
                                          ? halt(parts_.state, task, parts_.clock)
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
  net::Command command{.args = task.command,
                       .env = plain_environment(),
                       .input = alerts::to_json(task.alarm) + "\n",
                       .timeout_ns = kCommandTimeout};
  command.env.push_back("STEWARD_RULE=" + task.alarm.rule);
  command.env.push_back(fmt::format("STEWARD_SEVERITY={}", alerts::name_of(task.alarm.severity)));
  parts_.run_command(std::move(command), [this, task](const Result<net::CommandEnd>& end) {
    parts_.done(task, ended(task.command.front(), end));
  });
}

}  // namespace steward::agent
