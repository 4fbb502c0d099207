#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "os/facts/cgroup.hpp"
#include "os/facts/clock_sync.hpp"
#include "os/facts/held_file.hpp"
#include "os/facts/pressure.hpp"

namespace steward {

/// CPU time of the machine since boot, the first line of /proc/stat.
struct CpuTimes {
  std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;  ///< ns

  std::int64_t busy() const { return user + nice + system + irq + softirq + steal; }
  std::int64_t total() const { return busy() + idle + iowait; }
};
std::optional<CpuTimes> parse_cpu_times(std::string_view stat);

/// What the machine, or the container that Steward is in, has and uses.
struct HostFacts {
  CpuTimes cpu;
  double cpus = 1;                                      ///< usable: the machine's, or the container's quota
  double cpu_ratio = 0;                                 ///< in use since the look before, 0 to 1
  std::int64_t memory_total = 0, memory_available = 0;  ///< bytes; the container's limit where it has one
  std::int64_t swap_total = 0, swap_free = 0;           ///< bytes, the machine's
  std::array<double, 3> load{};                         ///< over 1, 5, 15 minutes, the machine's
  std::array<Pressure, 3> pressure;                     ///< by PressureProbe::kResources
  std::int64_t open_fds = -1, max_fds = -1;             ///< of all processes together; -1: not known
  std::optional<ClockSync> clock;

  double memory_ratio() const;
  double swap_ratio() const;
};

/// Watches the machine; knows the limits of its own cgroup and those above. One thread.
class HostProbe {
 public:
  explicit HostProbe(std::string proc = "/proc", const std::string& cgroup_root = "/sys/fs/cgroup");

  HostFacts sample(MonoNs now);

 private:
  void read_memory(HostFacts& facts);
  void read_cpu(HostFacts& facts, MonoNs now);
  void read_load(HostFacts& facts);
  void read_fds(HostFacts& facts);

  HeldFile stat_, meminfo_, loadavg_, file_nr_;
  PressureProbe pressure_;
  ClockProbe clock_;
  std::vector<CgroupProbe> limited_;  ///< our cgroup and its parents, where they limit memory
  CgroupProbe own_;
  std::optional<double> quota_cpus_;
  double online_cpus_ = 1;
  MonoNs count_cpus_at_ = 0;
  CpuTimes last_;
  std::int64_t last_own_cpu_ = -1;
  MonoNs last_at_ = 0;
};

/// When the machine was started.
WallNs boot_time(const Clock& clock);

}  // namespace steward
