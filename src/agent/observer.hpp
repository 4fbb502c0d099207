#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "logs/watch.hpp"
#include "metrics/usage_sampler.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"
#include "os/facts/process.hpp"
#include "store/engine.hpp"

namespace steward::agent {

/// What the agent sees by looking, once a second: what the runs use and log, the host, its disks, and whether
/// the keeper answers. Control thread only.
class Observer {
 public:
  Observer(std::string state, const store::Engine& engine, const Clock& clock);

  void look();

  std::optional<Usage> usage(const std::string& bot) const { return usage_.usage(bot); }
  /// 100 is one core; -1 until it was seen twice.
  double cpu_percent(const std::string& bot) const;
  /// The bot's lines by level; null when it was never seen.
  const logs::Tally* log(std::string_view bot) const { return logs_.tally(bot); }
  const std::string& log_trouble() const { return logs_.trouble(); }
  std::optional<double> memory_growth_per_hour(const std::string& bot) const {
    return usage_.memory_growth_per_hour(bot);
  }
  const HostFacts& host() const { return host_; }
  /// The mean of the last minute's looks; nothing until there are ten.
  std::optional<double> cpu_ratio_of_minute() const;
  const std::vector<Disk>& disks() const { return *disks_; }
  const Disk& state_disk() const { return disk_probe_.state_disk(); }
  bool keeper_reachable() const { return keeper_error_.empty(); }
  const std::string& keeper_error() const { return keeper_error_; }
  /// Nothing while it does not answer.
  std::optional<ProcessStat> keeper_process() const;
  /// Whether the state thread committed or folded lately, or has nothing to do.
  bool state_alive() const { return state_alive_; }

 private:
  struct CpuLook {
    std::string run;
    std::int64_t cpu_ns = 0;
    MonoNs at = 0;
    double percent = -1;
  };
  void look_at_runs(MonoNs now);
  void look_at_logs(std::span<const metrics::UsageSampler::Subject> subjects);
  void ask_keeper(MonoNs now);

  std::string state_;
  const store::Engine& engine_;
  const Clock& clock_;
  metrics::UsageSampler usage_;
  logs::Watch logs_;
  std::map<std::string, CpuLook> cpu_;
  HostProbe host_probe_;
  DiskProbe disk_probe_;
  HostFacts host_;
  std::deque<double> cpu_looks_;  // of the last minute
  const std::vector<Disk>* disks_ = nullptr;
  mutable std::optional<ProcessProbe> keeper_;
  std::string keeper_error_;
  MonoNs ask_keeper_at_ = 0;
  pid_t asked_as_child_of_ = 0;  ///< another parent: the keeper died, so it is asked at once
  bool state_alive_ = true;
};

}  // namespace steward::agent
