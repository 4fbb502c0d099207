#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// What a new process shall be. The descriptors are borrowed for the length of the call; nothing else of the
/// parent is inherited: no descriptor, no signal mask or handler, no environment.
struct SpawnSpec {
  std::vector<std::string> args;  ///< args[0] is looked up in the PATH of `env`, as execvpe does
  std::vector<std::string> env;   ///< "NAME=VALUE"
  std::string working_dir = "/";
  int in = -1;             ///< standard input; -1: /dev/null
  int out = -1;            ///< standard output and error; -1: /dev/null
  int error = -1;          ///< standard error when it goes elsewhere; -1: as `out`
  int cgroup = -1;         ///< folder of a v2 cgroup to be born into
  std::vector<int> joins;  ///< further cgroup.procs files (v1 controllers) to join before exec
  int pid_note = -1;       ///< file in which the child writes its pid, ten digits, at `pid_note_at`
  std::int64_t pid_note_at = 0;
  bool change_user = false;  ///< take on uid, gid and groups
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::uint64_t files_max = 0;   ///< RLIMIT_NOFILE, soft and hard; 0: `files_soft` below
  std::uint64_t files_soft = 0;  ///< soft RLIMIT_NOFILE when files_max is 0; 0: as the parent
  std::uint64_t data_max = 0;    ///< RLIMIT_DATA; 0: as the parent
  bool new_session = true;
  bool die_with_us = false;  ///< SIGKILL when the thread that calls spawn() ends, however it ends
  int nice = 0;
};

/// A child that runs the program asked for: exec has succeeded when spawn() returns it.
struct Spawned {
  pid_t pid = 0;
  Fd pidfd;
};

/// clone3 with CLONE_VM and CLONE_VFORK on a stack of its own, so the cost does not grow with the parent;
/// born into the cgroup where the kernel can (5.7), else moved before exec. An error of the child names the
/// step and errno's words, and the child is reaped. One caller at a time (it waits its turn); the parent
/// thread sleeps until the exec.
Result<Spawned> spawn(const SpawnSpec& spec);

}  // namespace steward
