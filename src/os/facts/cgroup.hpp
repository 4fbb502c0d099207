#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/facts/held_file.hpp"

namespace steward {

/// Which cgroup a process is in, by controller: one line of /proc/PID/cgroup each. Empty: none.
struct CgroupPaths {
  std::string unified;  ///< v2 ("0::/…")
  std::string memory;   ///< v1
  std::string cpuacct;  ///< v1
  std::string cpu;      ///< v1
};
CgroupPaths parse_cgroup_paths(std::string_view text);

/// Where the kinds of cgroup are mounted below `root`: v2 at the root itself or, hybrid, in `unified`.
struct CgroupMounts {
  explicit CgroupMounts(std::string root = "/sys/fs/cgroup");
  std::string unified, memory, cpuacct, cpu;
};

/// What the kernel accounts to one cgroup: whichever of v2's and v1's files are there. Cheap to ask every
/// second.
class CgroupProbe {
 public:
  CgroupProbe() = default;
  /// Folders as the mounts have them; an empty one has nothing to say.
  CgroupProbe(const std::string& unified, const std::string& memory_v1, const std::string& cpuacct_v1);

  /// CPU time since the cgroup was made.
  std::optional<std::int64_t> cpu_ns();
  /// Memory in use without the page cache that can be dropped at once (inactive_file; that part is read at
  /// every 16th call, since asking for it costs the kernel more than all the rest).
  std::optional<std::int64_t> memory_bytes();
  /// The most memory it may use; nothing when unlimited.
  std::optional<std::int64_t> memory_limit();
  /// Pids in it, without those of cgroups below; nothing when there is no v2 cgroup.
  std::optional<std::vector<int>> processes();

 private:
  HeldFile cpu_v2_, cpu_v1_, memory_v2_, memory_v1_, stat_v2_, stat_v1_, limit_v2_, limit_v1_, processes_;
  std::int64_t droppable_ = 0;
  unsigned looks_ = 0;
};

/// The CPUs that a quota allows (v2 cpu.max "200000 100000" is 2); nothing without one.
std::optional<double> parse_cpu_max(std::string_view text);

}  // namespace steward
