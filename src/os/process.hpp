#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward {

/// What /proc/PID/stat says of a process. `start_time` (clock ticks since boot) and the pid together name it
/// until the machine stops.
struct ProcessFacts {
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;
  char state = '?';     ///< 'R', 'S', 'Z', … of proc(5)
  int wait_status = 0;  ///< of a zombie, how it ended; 0 also when we may not know
};

/// Code::not_found when there is no such process.
Result<ProcessFacts> process_facts(pid_t pid);

/// Parses the text of /proc/PID/stat; the command's name in it may hold anything.
Result<ProcessFacts> parse_process_facts(std::string_view text);

/// Every process below `root` (children, their children, …), zombies left out, parents first. Best effort: a
/// process that is born while we look may be missed, so callers look again until nothing is found.
std::vector<pid_t> descendants(pid_t root);

/// Whether the environment that `pid` was given at its exec holds `entry` ("NAME=VALUE").
bool has_environment(pid_t pid, std::string_view entry);

/// All processes of this pid namespace whose environment holds `entry`.
std::vector<pid_t> processes_with_environment(std::string_view entry);

/// All processes of the session that `leader` began; none for 0 and 1, which no bot begins.
std::vector<pid_t> processes_of_session(pid_t leader);

/// The inode of our pid namespace: with the boot id (os/boot.hpp), where a pid means something.
Result<std::uint64_t> pid_namespace();

/// "exited with code 3", "killed by SIGKILL", "killed by SIGABRT (core dumped)": of a wait status.
std::string wait_status_text(int status);

/// "SIGTERM", or "signal 35" for one without a name.
std::string signal_name(int signal);

}  // namespace steward
