#include "os/facts/cgroup.hpp"

#include <array>
#include <charconv>

#include "os/files.hpp"

namespace steward {
namespace {

HeldFile in(const std::string& folder, const char* name) {
  return folder.empty() ? HeldFile() : HeldFile(folder + "/" + name);
}

std::optional<std::int64_t> number_in(HeldFile& file) {
  std::array<char, 64> buffer;
  const auto text = file.read(buffer);
  return text ? leading_integer(*text) : std::nullopt;
}

std::optional<std::int64_t> number_in(HeldFile& file, std::string_view key) {
  std::array<char, 8192> buffer;
  const auto text = file.read(buffer);
  return text ? integer_of(*text, key) : std::nullopt;
}

bool lists(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const auto name = controllers.substr(0, controllers.find(','));
    if (name == wanted) return true;
    controllers.remove_prefix(std::min(name.size() + 1, controllers.size()));
  }
  return false;
}

}  // namespace

CgroupPaths parse_cgroup_paths(std::string_view text) {
  CgroupPaths paths;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    if (controllers.empty()) paths.unified = path;
    if (lists(controllers, "memory")) paths.memory = path;
    if (lists(controllers, "cpuacct")) paths.cpuacct = path;
    if (lists(controllers, "cpu")) paths.cpu = path;
  }
  return paths;
}

CgroupMounts::CgroupMounts(std::string root) {
  const auto mounted = [&](const char* name) {
    const std::string path = root + "/" + name;
    return exists(path) ? path : std::string();
  };
  memory = mounted("memory");
  cpuacct = mounted("cpuacct");
  cpu = mounted("cpu");
  unified = exists(root + "/cgroup.controllers") ? root : mounted("unified");
}

CgroupProbe::CgroupProbe(const std::string& unified, const std::string& memory_v1,
                         const std::string& cpuacct_v1)
    : cpu_v2_(in(unified, "cpu.stat")),
      cpu_v1_(in(cpuacct_v1, "cpuacct.usage")),
      memory_v2_(in(unified, "memory.current")),
      memory_v1_(in(memory_v1, "memory.usage_in_bytes")),
      stat_v2_(in(unified, "memory.stat")),
      stat_v1_(in(memory_v1, "memory.stat")),
      limit_v2_(in(unified, "memory.max")),
      limit_v1_(in(memory_v1, "memory.limit_in_bytes")),
      processes_(in(unified, "cgroup.procs")) {
  // A file that is not there (a controller not enabled, the root cgroup) is not looked for again.
  for (HeldFile* file : {&cpu_v2_, &cpu_v1_, &memory_v2_, &memory_v1_, &limit_v2_, &limit_v1_, &processes_})
    if (!exists(file->path())) *file = HeldFile();
}

std::optional<std::int64_t> CgroupProbe::cpu_ns() {
  if (const auto usec = number_in(cpu_v2_, "usage_usec")) return *usec * 1000;
  return number_in(cpu_v1_);
}

std::optional<std::int64_t> CgroupProbe::memory_bytes() {
  const bool v2 = !memory_v2_.path().empty();
  const auto used = number_in(v2 ? memory_v2_ : memory_v1_);
  if (!used) return std::nullopt;
  if (looks_++ % 16 == 0)
    droppable_ =
        (v2 ? number_in(stat_v2_, "inactive_file") : number_in(stat_v1_, "total_inactive_file")).value_or(0);
  return std::max<std::int64_t>(*used - droppable_, 0);
}

std::optional<std::int64_t> CgroupProbe::memory_limit() {
  if (const auto limit = number_in(limit_v2_)) return limit;  // "max" is no number
  const auto limit = number_in(limit_v1_);
  // v1 says "unlimited" as the largest multiple of a page.
  return limit && *limit < std::int64_t{1} << 60 ? limit : std::nullopt;
}

std::optional<std::vector<int>> CgroupProbe::processes() {
  std::array<char, 16 * 1024> buffer;
  const auto text = processes_.read(buffer);
  if (!text) return std::nullopt;
  std::vector<int> pids;
  for (const char *at = text->data(), *end = at + text->size(); at < end;) {
    int pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc{} && pid > 0 && next < end) pids.push_back(pid);
    at = next + 1;
  }
  return pids;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto quota = leading_integer(text);
  const auto blank = text.find(' ');
  if (!quota || *quota <= 0 || blank == std::string_view::npos) return std::nullopt;
  const auto period = leading_integer(text.substr(blank));
  if (!period || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

}  // namespace steward
