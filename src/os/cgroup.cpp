#include "os/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <vector>

#include "os/files.hpp"

namespace steward {

namespace {

constexpr std::size_t kFileLimit = 1 << 20;
/// Keeps a bot called "keeper" out of the keeper's own leaf.
constexpr std::string_view kBotPrefix = "bot-";

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

Status write_control(const std::string& path, std::string_view text) {
  auto file = open_file(path, O_WRONLY);
  if (!file) return std::unexpected(file.error());
  if (auto written = write_all(file->get(), text); !written) return fail(written.error(), "{}", path);
  return {};
}

Status make_group(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return fail_errno(errno, "cannot make the control group " + path);
}

/// The folder of a group `own` in a tree whose group `root` is mounted at `point`.
std::string below(std::string_view point, std::string_view root, std::string_view own) {
  if (root != "/" && own.starts_with(root)) own.remove_prefix(root.size());
  std::string path(point);
  if (own != "/" && !own.empty()) path += own;
  return path;
}

}  // namespace

CgroupPlace find_cgroups(std::string_view mountinfo, std::string_view self_cgroup) {
  std::string_view own_unified;
  std::string_view own_memory;
  for (const auto line : split(self_cgroup, '\n')) {  // "4:memory:/path", "0::/path"
    const auto parts = split(line, ':');
    if (parts.size() < 3) continue;
    const auto path = line.substr(parts[0].size() + parts[1].size() + 2);
    if (parts[0] == "0" && parts[1].empty()) own_unified = path;
    for (const auto controller : split(parts[1], ',')) {
      if (controller == "memory") own_memory = path;
    }
  }
  CgroupPlace place;
  for (const auto line : split(mountinfo, '\n')) {  // "36 35 0:25 ROOT POINT rw … - TYPE SOURCE OPTIONS"
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    if (after[0] == "cgroup2" && place.unified.empty() && !own_unified.empty()) {
      place.unified = below(before[4], before[3], own_unified);
    }
    if (after[0] != "cgroup" || own_memory.empty()) continue;
    for (const auto option : split(after[2], ',')) {
      if (option == "memory") place.memory = below(before[4], before[3], own_memory);
    }
  }
  return place;
}

CgroupPlace find_cgroups() {
  const auto mounts = read_file("/proc/self/mountinfo", 16 << 20);
  const auto own = read_file("/proc/self/cgroup", kFileLimit);
  if (!mounts || !own) return {};
  return find_cgroups(*mounts, *own);
}

Result<Cgroup> Cgroup::at(const std::string& path, const std::string& memory_path) {
  Cgroup group;
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  group.path_ = path;
  group.folder_ = std::move(*folder);
  if (!memory_path.empty()) {
    auto procs = open_file(memory_path + "/cgroup.procs", O_WRONLY);
    if (!procs) return std::unexpected(procs.error());
    group.memory_path_ = memory_path;
    group.memory_procs_ = std::move(*procs);
  }
  group.events_ = HeldFile(path + "/cgroup.events");
  group.oom_ = HeldFile(memory_path.empty() ? path + "/memory.events" : memory_path + "/memory.oom_control");
  return group;
}

Result<Cgroup> Cgroup::beside_own(const CgroupPlace& own, const std::string& name) {
  const auto is_bot = [](const std::string& path) {
    return std::string_view(path).substr(path.rfind('/') + 1).starts_with(kBotPrefix);
  };
  if (own.unified.empty() || !is_bot(own.unified))
    return fail(Code::unavailable, "this process has no control group of its own");
  const std::string path = parent_of(own.unified) + "/" + name;
  if (auto made = make_group(path); !made) return std::unexpected(made.error());
  std::string memory;
  if (!own.memory.empty() && is_bot(own.memory)) {
    memory = parent_of(own.memory) + "/" + name;
    if (auto made = make_group(memory); !made) return std::unexpected(made.error());
  }
  return at(path, memory);
}

Result<bool> Cgroup::populated() const {
  char buffer[256];
  const auto text = events_.read(buffer);
  if (!text) {
    const int error = errno;
    if (!exists(path_)) return false;
    return fail_errno(error, events_.path());
  }
  const auto populated = integer_of(*text, "populated");
  if (!populated) return fail(Code::corrupt, "{} has no line \"populated\"", events_.path());
  return *populated != 0;
}

std::size_t Cgroup::processes() const {
  const auto text = read_file(path_ + "/cgroup.procs", kFileLimit);
  if (!text) return 0;
  std::size_t lines = 0;
  for (const char c : *text) lines += c == '\n' ? 1 : 0;
  return lines;
}

Status Cgroup::kill() const {
  auto killed = write_control(path_ + "/cgroup.kill", "1");
  if (killed || killed.error().code() != Code::not_found) return killed;
  const auto text = read_file(path_ + "/cgroup.procs", kFileLimit);
  if (!text) return std::unexpected(text.error());
  for (const auto line : split(*text, '\n')) {
    pid_t pid = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), pid).ec == std::errc{} && pid > 1)
      ::kill(pid, SIGKILL);
  }
  return {};
}

Status Cgroup::limit_memory(std::int64_t bytes) const {
  if (!memory_path_.empty()) {
    return write_control(memory_path_ + "/memory.limit_in_bytes", bytes == 0 ? "-1" : std::to_string(bytes));
  }
  const std::string file = path_ + "/memory.max";
  if (!exists(file)) {
    if (bytes == 0) return {};
    return fail(Code::unavailable, "no memory controller rules {}", path_);
  }
  return write_control(file, bytes == 0 ? "max" : std::to_string(bytes));
}

std::int64_t Cgroup::oom_kills() const {
  char buffer[512];
  const auto text = oom_.read(buffer);
  return text ? integer_of(*text, "oom_kill").value_or(0) : 0;
}

Status Cgroup::remove() {
  memory_procs_.reset();
  folder_.reset();
  if (::rmdir(path_.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "cannot remove " + path_);
  if (!memory_path_.empty() && ::rmdir(memory_path_.c_str()) != 0 && errno != ENOENT) {
    return fail_errno(errno, "cannot remove " + memory_path_);
  }
  return {};
}

Result<CgroupTree> CgroupTree::open(const CgroupPlace& place, const std::string& label) {
  if (place.unified.empty()) return fail(Code::unavailable, "this machine has no cgroup v2 tree");
  // A keeper that took over by exec is in its own leaf already.
  const std::string leaf = "/" + label + "/keeper";
  std::string own = place.unified;
  if (own.ends_with(leaf)) own.resize(own.size() - leaf.size());
  CgroupTree tree;
  tree.folder_ = own + "/" + label;
  if (auto made = make_group(tree.folder_); !made) {
    return fail(Code::unavailable, "{} (under systemd the unit needs Delegate=yes)", made.error().text());
  }
  tree.claim_memory(place, own, label);
  return tree;
}

void CgroupTree::claim_memory(const CgroupPlace& place, const std::string& own, const std::string& label) {
  const auto controllers = read_file(own + "/cgroup.controllers", kFileLimit);
  const bool v2 = controllers && (" " + *controllers).find(" memory") != std::string::npos;
  if (v2) {
    const bool root = !exists(own + "/cgroup.type");
    Status done;
    if (!root) done = make_group(folder_ + "/keeper");
    if (!root && done) done = write_control(folder_ + "/keeper/cgroup.procs", "0");
    if (done) done = write_control(own + "/cgroup.subtree_control", "+memory");
    if (done) done = write_control(folder_ + "/cgroup.subtree_control", "+memory");
    if (!done) no_memory_limit_ = done.error().text();
    return;
  }
  if (place.memory.empty()) {
    no_memory_limit_ = "this machine offers no memory controller";
    return;
  }
  memory_folder_ = place.memory + "/" + label;
  if (auto made = make_group(memory_folder_); !made) {
    no_memory_limit_ = made.error().text();
    memory_folder_.clear();
  }
}

Result<Cgroup> CgroupTree::make(const std::string& name) const {
  const std::string path = fmt::format("{}/{}{}", folder_, kBotPrefix, name);
  ::rmdir(path.c_str());  // one that an earlier keeper left, if it is empty
  if (auto made = make_group(path); !made) return std::unexpected(made.error());
  std::string memory;
  if (!memory_folder_.empty()) {
    memory = fmt::format("{}/{}{}", memory_folder_, kBotPrefix, name);
    if (auto made = make_group(memory); !made) return std::unexpected(made.error());
  }
  return Cgroup::at(path, memory);
}

}  // namespace steward
