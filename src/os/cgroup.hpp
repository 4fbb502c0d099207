#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/facts/held_file.hpp"
#include "os/fd.hpp"

namespace steward {

/// The folders that stand for this process's own control groups; empty where the machine has none.
struct CgroupPlace {
  std::string unified;  ///< in the v2 tree: containment, kill, "is it empty"
  std::string memory;   ///< in the v1 memory controller's tree, on hybrid machines
};

/// Reads /proc/self/mountinfo and /proc/self/cgroup.
CgroupPlace find_cgroups();
/// The same from their texts.
CgroupPlace find_cgroups(std::string_view mountinfo, std::string_view self_cgroup);

/// One control group, of one bot. Made by CgroupTree; stays on disk until remove().
class Cgroup {
 public:
  /// The group that a run record names. Code::not_found when it is gone, which means that nothing lives in
  /// it.
  static Result<Cgroup> at(const std::string& path, const std::string& memory_path = "");

  /// A group `name` beside that of a bot in which this process lives, made when there is none: what is born
  /// into it does not end with the bot. Code::unavailable when this process is in no bot's group.
  static Result<Cgroup> beside_own(const CgroupPlace& own, const std::string& name);

  const std::string& path() const { return path_; }
  /// Its folder in the v1 memory controller's tree; empty: none.
  const std::string& memory_path() const { return memory_path_; }
  /// The folder, for SpawnSpec::cgroup.
  int folder() const { return folder_.get(); }
  /// cgroup.procs of the v1 memory group, for SpawnSpec::joins; -1: none.
  int memory_procs() const { return memory_procs_.get(); }

  /// Whether a process lives in it or below it.
  Result<bool> populated() const;
  /// How many processes are in it.
  std::size_t processes() const;
  /// SIGKILL to everything in it and below, at once where the kernel has cgroup.kill (5.14), else one by one.
  Status kill() const;
  /// 0 lifts the limit. Code::unavailable when no memory controller rules this group.
  Status limit_memory(std::int64_t bytes) const;
  /// Processes that the kernel killed here for want of memory, since the group was made.
  std::int64_t oom_kills() const;
  /// Removes the group; it must be empty.
  Status remove();

 private:
  std::string path_, memory_path_;
  Fd folder_, memory_procs_;
  mutable HeldFile events_, oom_;  ///< held open: they are read between the death of a bot and its next start
};

/// The groups of one keeper: a folder `label` below the keeper's own group, in it one group a bot.
class CgroupTree {
 public:
  /// Makes `label`. Where the v2 memory controller can be had, this process moves into a leaf of its own
  /// first, as the rule of no inner processes wants. Code::unavailable when there is no v2 tree that we may
  /// write.
  static Result<CgroupTree> open(const CgroupPlace& place, const std::string& label);

  /// The bot's group, new unless something still lives in the old one.
  Result<Cgroup> make(const std::string& name) const;
  /// Why no memory limit can be set here; empty when it can.
  const std::string& no_memory_limit() const { return no_memory_limit_; }

 private:
  void claim_memory(const CgroupPlace& place, const std::string& own, const std::string& label);
  std::string folder_, memory_folder_, no_memory_limit_;
};

}  // namespace steward
