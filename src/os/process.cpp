#include "os/process.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <charconv>
#include <cstring>
#include <unordered_map>

#include "os/files.hpp"

namespace steward {

namespace {

constexpr std::size_t kStatLimit = 4096;
constexpr std::size_t kEnvironmentLimit = 4 << 20;

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  const auto names = list_folder("/proc");
  if (!names) return pids;
  for (const std::string& name : *names) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

Result<ProcessFacts> parse_process_facts(std::string_view text) {
  // pid (comm) state ppid pgrp session … with starttime as field 22; comm may hold spaces and brackets.
  const auto close = text.rfind(')');
  if (close == std::string_view::npos || close + 2 >= text.size()) {
    return fail(Code::corrupt, "a process's stat line without its command's name");
  }
  std::string_view rest = text.substr(close + 2);
  ProcessFacts facts{.state = rest[0]};
  for (int field = 3; field <= 52; ++field) {
    const auto space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    const auto take = [&](auto& into) {
      return std::from_chars(word.data(), word.data() + word.size(), into).ec == std::errc{};
    };
    if ((field == 4 && !take(facts.parent)) || (field == 6 && !take(facts.session)) ||
        (field == 22 && !take(facts.start_time)) || (field == 52 && !take(facts.wait_status))) {
      return fail(Code::corrupt, "field {} of a process's stat line is not a number", field);
    }
    if (space == std::string_view::npos) {
      if (field < 22) return fail(Code::corrupt, "a process's stat line with {} fields", field);
      break;
    }
    rest.remove_prefix(space + 1);
  }
  return facts;
}

Result<ProcessFacts> process_facts(pid_t pid) {
  auto text = read_file(fmt::format("/proc/{}/stat", pid), kStatLimit);
  if (!text) return fail(Code::not_found, "no process {}", pid);
  return parse_process_facts(*text);
}

std::vector<pid_t> descendants(pid_t root) {
  std::unordered_map<pid_t, std::vector<pid_t>> children;
  for (const pid_t pid : all_pids()) {
    const auto facts = process_facts(pid);
    if (facts && facts->state != 'Z' && facts->state != 'X') children[facts->parent].push_back(pid);
  }
  std::vector<pid_t> found;
  const auto add = [&](pid_t parent) {
    const auto it = children.find(parent);
    if (it != children.end()) found.insert(found.end(), it->second.begin(), it->second.end());
  };
  add(root);
  for (std::size_t i = 0; i < found.size(); ++i) add(found[i]);
  return found;
}

bool has_environment(pid_t pid, std::string_view entry) {
  const auto text = read_file(fmt::format("/proc/{}/environ", pid), kEnvironmentLimit);
  if (!text) return false;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = rest.find('\0');
    if (rest.substr(0, end) == entry) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::vector<pid_t> processes_with_environment(std::string_view entry) {
  std::vector<pid_t> found;
  for (const pid_t pid : all_pids()) {
    if (has_environment(pid, entry)) found.push_back(pid);
  }
  return found;
}

std::vector<pid_t> processes_of_session(pid_t leader) {
  std::vector<pid_t> found;
  if (leader <= 1) return found;  // 0 is the session of all that have none here
  // Session 0 is the kernel's and of whoever was begun from outside this pid namespace, 1 that of init:
  // nobody's to kill.
  if (leader <= 1) return found;
  for (const pid_t pid : all_pids()) {
    const auto facts = process_facts(pid);
    if (facts && facts->session == leader) found.push_back(pid);
  }
  return found;
}

Result<std::uint64_t> pid_namespace() {
  struct ::stat info{};
  if (::stat("/proc/self/ns/pid", &info) != 0)
    return fail_errno(errno, "/proc/self/ns/pid (is /proc mounted?)");
  return info.st_ino;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string wait_status_text(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with code {}", WEXITSTATUS(status));
  return fmt::format("killed by {}{}", signal_name(WTERMSIG(status)),
                     WCOREDUMP(status) ? " (core dumped)" : "");
}

}  // namespace steward
