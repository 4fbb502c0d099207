#pragma once

#include "keeper/process_launcher.hpp"

namespace steward::keeper {

/// One life of a bot's process, and what is open for it. Owned by its slot, after its end by the launcher
/// until it is closed.
struct ProcessLauncher::Run {
  Run(RunFiles run_files, LogWriter writer) : files(std::move(run_files)), log(std::move(writer)) {}
  RunFiles files;
  RunRecord record;
  LogWriter log;
  Fd pidfd;
  bool child = true;
  MonoNs zombie_since = 0;  // of an adopted process that its parent has not reaped; 0: lives
  bool gone = false;        // the main process has ended
  std::size_t strays = 0;
  int segment = 1;
  std::uint64_t told_dropped = 0;
};

/// A bot: what lasts from one of its runs to the next. Its address is the same for as long as the bot is in
/// the plan.
struct ProcessLauncher::Slot {
  BotSpec spec;
  std::optional<Cgroup> cgroup;
  // Linux 6.14 to 6.18 at least kill what clone3 puts into a group in which cgroup.kill was ever used: such a
  // group is made anew before the next start.
  bool cgroup_used_up = false;
  std::int64_t memory_max = 0;
  std::int64_t oom_kills = 0;  // of this group, when it was last looked at
  std::optional<RunFiles> spare;
  std::optional<uid_t> spare_uid;
  std::optional<gid_t> spare_gid;
  std::unique_ptr<Run> run;
  std::uint64_t starts = 0;
};

}  // namespace steward::keeper
