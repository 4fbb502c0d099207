#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/facts/held_file.hpp"

namespace steward {

/// What /proc/PID/stat says of one process.
struct ProcessStat {
  std::int64_t cpu_ns = 0;           ///< user and system, its own
  std::int64_t children_cpu_ns = 0;  ///< of children that ended and were waited for
  std::int64_t memory_bytes = 0;     ///< resident
  std::int64_t start_ticks = 0;      ///< since boot: with the pid, the process's identity
  std::int64_t threads = 0;
};

/// Reads one line of /proc/PID/stat (proc(5)). The program's name may hold blanks and brackets.
std::optional<ProcessStat> parse_process_stat(std::string_view line);

/// One process, looked at again and again. A pid that was given to another process meanwhile counts as gone.
class ProcessProbe {
 public:
  explicit ProcessProbe(pid_t pid, const std::string& proc = "/proc");

  pid_t pid() const { return pid_; }
  std::optional<ProcessStat> sample();

 private:
  pid_t pid_;
  std::int64_t start_ticks_ = -1;
  HeldFile stat_;
};

/// Open descriptors of a process, -1 when they may not be seen.
int count_descriptors(pid_t pid, const std::string& proc = "/proc");

/// `pid` and all that descend from it now, at most 4,096, each once.
std::vector<pid_t> process_tree(pid_t pid, const std::string& proc = "/proc");

}  // namespace steward
