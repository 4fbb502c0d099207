#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "os/facts/cgroup.hpp"
#include "os/facts/process.hpp"

namespace steward {

/// What one run of a bot, with everything it started, uses.
struct Usage {
  std::int64_t cpu_ns = 0;  ///< since the run began; never falls while the probe lives
  std::int64_t memory_bytes = 0;
  int open_fds = -1;  ///< of the main process; -1: may not be seen
  int processes = 0;
};

/// Watches one run. CPU and memory come from its cgroup where it has one of its own (v2, v1, or v2 beside
/// v1), else from /proc: the sum over the processes in the cgroup or, without one, over the main process's
/// descendants. Made anew for each run; one thread.
class UsageProbe {
 public:
  /// `cgroup`: the v2 folder as `bot.started` names it, absolute or below the mount; empty: none.
  UsageProbe(pid_t pid, const std::string& cgroup, std::string proc = "/proc",
             const std::string& cgroup_root = "/sys/fs/cgroup");

  pid_t pid() const { return main_.pid(); }
  /// Nothing once the main process is gone.
  std::optional<Usage> sample();

 private:
  void sum_processes(Usage& usage, bool cpu, bool memory);

  std::string proc_;
  ProcessProbe main_;
  CgroupProbe cgroup_;
  std::map<pid_t, ProcessProbe> others_;
  std::int64_t most_cpu_ns_ = 0;
};

}  // namespace steward
