#include "os/facts/usage.hpp"

#include <algorithm>

#include "os/files.hpp"

namespace steward {
namespace {

CgroupPaths paths_of(const std::string& process_folder) {
  const auto text = read_file(process_folder + "/cgroup", 64 * 1024);
  return text ? parse_cgroup_paths(*text) : CgroupPaths{};
}

std::string unified_folder(const std::string& named, const CgroupMounts& mounts) {
  if (named.empty() || mounts.unified.empty()) return {};
  if (named.starts_with(mounts.unified + "/")) return named;
  return mounts.unified + (named.front() == '/' ? "" : "/") + named;
}

/// A v1 cgroup counts only when the bot does not share it with us.
std::string own_folder(const std::string& mount, const std::string& its, const std::string& ours) {
  return mount.empty() || its.empty() || its == "/" || its == ours ? std::string() : mount + its;
}

CgroupProbe probe_for(pid_t pid, const std::string& cgroup, const std::string& proc,
                      const std::string& root) {
  const CgroupMounts mounts(root);
  const CgroupPaths its = paths_of(proc + "/" + std::to_string(pid));
  const CgroupPaths ours = paths_of(proc + "/self");
  return CgroupProbe(unified_folder(cgroup, mounts), own_folder(mounts.memory, its.memory, ours.memory),
                     own_folder(mounts.cpuacct, its.cpuacct, ours.cpuacct));
}

}  // namespace

UsageProbe::UsageProbe(pid_t pid, const std::string& cgroup, std::string proc, const std::string& cgroup_root)
    : proc_(std::move(proc)), main_(pid, proc_), cgroup_(probe_for(pid, cgroup, proc_, cgroup_root)) {}

std::optional<Usage> UsageProbe::sample() {
  Usage usage;
  const auto own = main_.sample();
  if (!own) return std::nullopt;
  const auto cpu = cgroup_.cpu_ns();
  const auto memory = cgroup_.memory_bytes();
  usage.cpu_ns = cpu.value_or(own->cpu_ns + own->children_cpu_ns);
  usage.memory_bytes = memory.value_or(own->memory_bytes);
  sum_processes(usage, !cpu, !memory);
  usage.cpu_ns = most_cpu_ns_ = std::max(most_cpu_ns_, usage.cpu_ns);
  usage.open_fds = count_descriptors(pid(), proc_);
  return usage;
}

void UsageProbe::sum_processes(Usage& usage, bool cpu, bool memory) {
  const auto members = cgroup_.processes();
  const auto pids = members ? *members : process_tree(pid(), proc_);
  usage.processes = std::max(1, static_cast<int>(pids.size()));
  if (!cpu && !memory) return;
  std::erase_if(others_,
                [&](const auto& entry) { return std::ranges::find(pids, entry.first) == pids.end(); });
  for (const pid_t other : pids) {
    if (other == pid()) continue;
    const auto stat = others_.try_emplace(other, other, proc_).first->second.sample();
    if (!stat) continue;
    if (cpu) usage.cpu_ns += stat->cpu_ns + stat->children_cpu_ns;
    if (memory) usage.memory_bytes += stat->memory_bytes;
  }
}

}  // namespace steward
