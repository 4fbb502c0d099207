#include "os/facts/host.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "os/files.hpp"

namespace steward {
namespace {

constexpr std::int64_t kCountCpusEvery = 60 * kSecond;

double ratio(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0);
}

/// `path` and its parents, without the root: {"/a/b", "/a"}.
std::vector<std::string> with_parents(std::string path) {
  std::vector<std::string> all;
  while (path.size() > 1 && path.front() == '/') {
    all.push_back(path);
    path.resize(path.rfind('/'));
  }
  return all;
}

std::optional<double> quota_of(const CgroupMounts& mounts, const CgroupPaths& paths) {
  std::optional<double> least;
  const auto note = [&](std::optional<double> cpus) {
    if (cpus && (!least || *cpus < *least)) least = cpus;
  };
  // In a container with a cgroup namespace the path is "/", and the limit stands in the mount's root.
  auto unified = with_parents(paths.unified);
  unified.emplace_back();
  if (!mounts.unified.empty())
    for (const auto& path : unified)
      note(parse_cpu_max(read_file(mounts.unified + path + "/cpu.max", 256).value_or("")));
  auto v1 = with_parents(paths.cpu);
  v1.emplace_back();
  if (!mounts.cpu.empty())
    for (const auto& path : v1) {
      const std::string folder = mounts.cpu + path;
      note(parse_cpu_max(read_file(folder + "/cpu.cfs_quota_us", 64).value_or("") + " " +
                         read_file(folder + "/cpu.cfs_period_us", 64).value_or("")));
    }
  return least;
}

std::vector<CgroupProbe> memory_limits(const CgroupMounts& mounts, const CgroupPaths& paths) {
  std::vector<CgroupProbe> limited;
  const auto add = [&](CgroupProbe probe) {
    if (probe.memory_limit() && probe.memory_bytes()) limited.push_back(std::move(probe));
  };
  auto unified = with_parents(paths.unified);
  unified.emplace_back();
  if (!mounts.unified.empty())
    for (const auto& path : unified) add(CgroupProbe(mounts.unified + path, "", ""));
  auto v1 = with_parents(paths.memory);
  v1.emplace_back();
  if (!mounts.memory.empty())
    for (const auto& path : v1) add(CgroupProbe("", mounts.memory + path, ""));
  return limited;
}

}  // namespace

std::optional<CpuTimes> parse_cpu_times(std::string_view stat) {
  if (!stat.starts_with("cpu ")) return std::nullopt;
  stat = stat.substr(4, stat.find('\n') - std::min<std::size_t>(4, stat.find('\n')));
  const std::int64_t tick = 1'000'000'000 / std::max(1L, ::sysconf(_SC_CLK_TCK));
  CpuTimes times;
  for (std::int64_t* field : {&times.user, &times.nice, &times.system, &times.idle, &times.iowait, &times.irq,
                              &times.softirq, &times.steal}) {
    stat.remove_prefix(std::min(stat.find_first_not_of(' '), stat.size()));
    const auto ticks = leading_integer(stat);
    if (!ticks || *ticks < 0) return std::nullopt;
    *field = *ticks * tick;
    stat.remove_prefix(std::min(stat.find(' '), stat.size()));
  }
  return times;
}

double HostFacts::memory_ratio() const {
  return ratio(memory_total - memory_available, memory_total);
}

double HostFacts::swap_ratio() const {
  return ratio(swap_total - swap_free, swap_total);
}

HostProbe::HostProbe(std::string proc, const std::string& cgroup_root)
    : stat_(proc + "/stat"),
      meminfo_(proc + "/meminfo"),
      loadavg_(proc + "/loadavg"),
      file_nr_(proc + "/sys/fs/file-nr"),
      pressure_(proc, cgroup_root) {
  const CgroupMounts mounts(cgroup_root);
  const auto text = read_file(proc + "/self/cgroup", 64 * 1024);
  const CgroupPaths paths = text ? parse_cgroup_paths(*text) : CgroupPaths{};
  limited_ = memory_limits(mounts, paths);
  quota_cpus_ = quota_of(mounts, paths);
  const auto folder = [](const std::string& mount, const std::string& path) {
    return mount.empty() ? std::string() : mount + (path == "/" ? "" : path);
  };
  own_ = CgroupProbe(folder(mounts.unified, paths.unified), "", folder(mounts.cpuacct, paths.cpuacct));
}

HostFacts HostProbe::sample(MonoNs now) {
  HostFacts facts;
  read_cpu(facts, now);
  read_memory(facts);
  read_load(facts);
  read_fds(facts);
  facts.pressure = pressure_.sample();
  facts.clock = clock_.sample(now);
  return facts;
}

void HostProbe::read_cpu(HostFacts& facts, MonoNs now) {
  std::array<char, 512> buffer;
  const auto text = stat_.read(buffer);
  facts.cpu = last_;
  if (const auto times = text ? parse_cpu_times(*text) : std::nullopt) {
    // Idle and iowait may go back a little (proc(5)); a counter may not.
    for (const auto field : {&CpuTimes::user, &CpuTimes::nice, &CpuTimes::system, &CpuTimes::idle,
                             &CpuTimes::iowait, &CpuTimes::irq, &CpuTimes::softirq, &CpuTimes::steal})
      facts.cpu.*field = std::max(facts.cpu.*field, (*times).*field);
  }
  if (now >= count_cpus_at_) {
    online_cpus_ = static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    count_cpus_at_ = now + kCountCpusEvery;
  }
  facts.cpus = online_cpus_;
  if (last_.total() > 0)
    facts.cpu_ratio = ratio(facts.cpu.busy() - last_.busy(), facts.cpu.total() - last_.total());
  last_ = facts.cpu;
  if (!quota_cpus_ || *quota_cpus_ >= facts.cpus) return;
  facts.cpus = *quota_cpus_;
  const auto own = own_.cpu_ns();
  if (own && last_own_cpu_ >= 0 && now > last_at_)
    facts.cpu_ratio = std::clamp(
        static_cast<double>(*own - last_own_cpu_) / (static_cast<double>(now - last_at_) * facts.cpus), 0.0,
        1.0);
  last_own_cpu_ = own.value_or(-1);
  last_at_ = now;
}

void HostProbe::read_memory(HostFacts& facts) {
  std::array<char, 4096> buffer;
  if (const auto text = meminfo_.read(buffer)) {
    const auto bytes = [&](std::string_view key) { return integer_of(*text, key).value_or(0) * 1024; };
    facts.memory_total = bytes("MemTotal:");
    facts.memory_available = bytes("MemAvailable:");
    facts.swap_total = bytes("SwapTotal:");
    facts.swap_free = bytes("SwapFree:");
  }
  for (CgroupProbe& probe : limited_) {
    const auto limit = probe.memory_limit(), used = probe.memory_bytes();
    if (!limit || !used || *limit >= facts.memory_total) continue;
    const std::int64_t left = std::max<std::int64_t>(*limit - *used, 0);
    if (left >= facts.memory_available) continue;
    facts.memory_total = *limit;
    facts.memory_available = left;
  }
}

void HostProbe::read_load(HostFacts& facts) {
  std::array<char, 128> buffer;
  const auto text = loadavg_.read(std::span(buffer).first(buffer.size() - 1));
  if (!text) return;
  buffer[text->size()] = '\0';
  char* at = buffer.data();
  for (double& load : facts.load) load = std::strtod(at, &at);
}

/// "allocated 0 most", proc(5).
void HostProbe::read_fds(HostFacts& facts) {
  std::array<char, 128> buffer;
  const auto text = file_nr_.read(buffer);
  if (!text) return;
  facts.open_fds = leading_integer(*text).value_or(-1);
  facts.max_fds = leading_integer(text->substr(text->find_last_of(" \t") + 1)).value_or(-1);
}

WallNs boot_time(const Clock& clock) {
  timespec since{};
  ::clock_gettime(CLOCK_BOOTTIME, &since);
  return clock.wall() - (since.tv_sec * kSecond + since.tv_nsec);
}

}  // namespace steward
