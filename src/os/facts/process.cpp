#include "os/facts/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "os/files.hpp"

namespace steward {
namespace {

constexpr std::size_t kMostProcesses = 4096;

std::int64_t tick_ns() {
  static const std::int64_t ns = 1'000'000'000 / std::max(1L, ::sysconf(_SC_CLK_TCK));
  return ns;
}

std::int64_t page_bytes() {
  static const std::int64_t bytes = ::sysconf(_SC_PAGESIZE);
  return bytes;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

void append_children(const std::string& task_folder, std::vector<pid_t>& out) {
  std::unique_ptr<DIR, CloseFolder> folder(::opendir(task_folder.c_str()));
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] == '.') continue;
    const auto list = read_file(task_folder + "/" + entry->d_name + "/children", 256 * 1024);
    if (!list) continue;
    const char* at = list->data();
    const char* const end = at + list->size();
    while (at < end && out.size() < kMostProcesses) {
      pid_t child = 0;
      const auto [next, error] = std::from_chars(at, end, child);
      if (error == std::errc{}) out.push_back(child);
      at = next + 1;
    }
  }
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  const auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(name_end + 1);
  // proc(5) numbers fields from 1; the state, field 3, comes first here.
  std::array<std::int64_t, 25> field{};
  std::size_t number = 3;
  while (number < field.size()) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return std::nullopt;
    const auto word = line.substr(0, line.find(' '));
    field[number++] = leading_integer(word).value_or(0);
    line.remove_prefix(word.size());
  }
  return ProcessStat{.cpu_ns = (field[14] + field[15]) * tick_ns(),
                     .children_cpu_ns = (field[16] + field[17]) * tick_ns(),
                     .memory_bytes = field[24] * page_bytes(),
                     .start_ticks = field[22],
                     .threads = field[20]};
}

ProcessProbe::ProcessProbe(pid_t pid, const std::string& proc)
    : pid_(pid), stat_(proc + "/" + std::to_string(pid) + "/stat") {}

std::optional<ProcessStat> ProcessProbe::sample() {
  std::array<char, 1024> buffer;
  const auto text = stat_.read(buffer);
  if (!text) return std::nullopt;
  const auto stat = parse_process_stat(*text);
  if (!stat) return std::nullopt;
  if (start_ticks_ < 0) start_ticks_ = stat->start_ticks;
  if (stat->start_ticks != start_ticks_) return std::nullopt;
  return stat;
}

int count_descriptors(pid_t pid, const std::string& proc) {
  const std::string path = proc + "/" + std::to_string(pid) + "/fd";
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return -1;
  // Since Linux 6.2 the folder's size is the number (it was always 0 before); no process is without a
  // descriptor long.
  if (info.st_size > 0) return static_cast<int>(info.st_size);
  std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) return -1;
  int count = 0;
  while (const dirent* entry = ::readdir(folder.get())) count += entry->d_name[0] != '.';
  return count;
}

std::vector<pid_t> process_tree(pid_t pid, const std::string& proc) {
  std::vector<pid_t> found{pid};
  for (std::size_t i = 0; i < found.size(); ++i)
    append_children(proc + "/" + std::to_string(found[i]) + "/task", found);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

}  // namespace steward
