#include "agent/observer.hpp"

#include <unistd.h>

#include <numeric>

#include "journal/layout.hpp"
#include "keeper/client.hpp"

namespace steward::agent {

namespace {
/// A keeper that is stopped (SIGSTOP) holds the control loop up for this long, once in kAskKeeper.
constexpr std::int64_t kKeeperPatience = 300 * kMillisecond;
constexpr std::size_t kLooksOfMinute = 60, kFewestLooks = 10;
constexpr std::int64_t kAskKeeper = 5 * kSecond;
/// With work to do, the state thread commits ten times a second; a slow disk may take a while.
constexpr std::int64_t kStateSilence = 30 * kSecond;
}  // namespace

Observer::Observer(std::string state, const store::Engine& engine, const Clock& clock)
    : state_(std::move(state)),
      engine_(engine),
      clock_(clock),
      logs_(state_ + "/agent/log_counts",
            [this](std::string_view bot) { return state_ + "/" + journal::runs_folder(bot); }),
      disk_probe_(state_) {
  disks_ = &disk_probe_.sample(clock_.mono());
  host_ = host_probe_.sample(clock_.mono());
}

void Observer::look() {
  const MonoNs now = clock_.mono();
  look_at_runs(now);
  host_ = host_probe_.sample(now);
  cpu_looks_.push_back(host_.cpu_ratio);
  if (cpu_looks_.size() > kLooksOfMinute) cpu_looks_.pop_front();
  disks_ = &disk_probe_.sample(now);
  if (now >= ask_keeper_at_ || ::getppid() != asked_as_child_of_) ask_keeper(now);
  const store::EngineFacts facts = engine_.facts();
  state_alive_ = facts.backlog_bytes == 0 || !facts.trouble.empty() || facts.last_commit == 0 ||
                 clock_.wall() - facts.last_commit < kStateSilence;
}

void Observer::look_at_runs(MonoNs now) {
  using Subject = metrics::UsageSampler::Subject;
  const auto subjects = engine_.read([](const state::Model& model) {
    std::vector<Subject> all;
    for (const auto& [id, entry] : model.bots.rows()) {
      const state::Bot& bot = entry.row;
      all.push_back({bot.name, bot.run, bot.cgroup, bot.pid});
    }
    return all;
  });
  usage_.sample(subjects, now);
  look_at_logs(subjects);
  for (const Subject& subject : subjects) {
    CpuLook& cpu = cpu_[subject.bot];
    const auto usage = usage_.usage(subject.bot);
    if (!usage) {
      cpu = {};
      continue;
    }
    const bool comparable = cpu.run == subject.run && cpu.at > 0 && now > cpu.at;
    const double spent = static_cast<double>(usage->cpu_ns - cpu.cpu_ns);
    cpu = {subject.run, usage->cpu_ns, now,
           comparable ? 100 * spent / static_cast<double>(now - cpu.at) : -1};
  }
}

void Observer::look_at_logs(std::span<const metrics::UsageSampler::Subject> subjects) {
  std::vector<logs::Watch::Subject> watched;
  watched.reserve(subjects.size());
  for (const auto& subject : subjects) watched.push_back({subject.bot, subject.run});
  logs_.look(watched);
}

std::optional<double> Observer::cpu_ratio_of_minute() const {
  if (cpu_looks_.size() < kFewestLooks) return std::nullopt;
  return std::accumulate(cpu_looks_.begin(), cpu_looks_.end(), 0.0) / static_cast<double>(cpu_looks_.size());
}

double Observer::cpu_percent(const std::string& bot) const {
  const auto at = cpu_.find(bot);
  return at == cpu_.end() ? -1 : at->second.percent;
}

void Observer::ask_keeper(MonoNs now) {
  asked_as_child_of_ = ::getppid();
  auto client = keeper::Client::connect(state_, kKeeperPatience);
  const auto answer = client ? client->request({"ping"}, kKeeperPatience) : std::unexpected(client.error());
  keeper_error_ = answer ? "" : answer.error().text();
  const bool absent = !answer && answer.error().code() != Code::timeout;  // costs nothing to ask again
  ask_keeper_at_ = now + (absent ? kSecond : kAskKeeper);
}

std::optional<ProcessStat> Observer::keeper_process() const {
  // Not our parent: a keeper that took over adopted us.
  const pid_t pid = engine_.read(
      [](const state::Model& model) { return model.keeper() == nullptr ? 0 : model.keeper()->pid; });
  if (pid == 0 || !keeper_reachable()) return std::nullopt;
  if (!keeper_ || keeper_->pid() != pid) keeper_.emplace(pid);
  return keeper_->sample();
}

}  // namespace steward::agent
