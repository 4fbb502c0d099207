#include "agent/backup_child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "backup/jobs/configured.hpp"
#include "base/log.hpp"
#include "os/cgroup.hpp"
#include "os/files.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace steward::agent {

namespace {

/// What tells the keeper that a process belongs to the agent's run, which it ends with it, and what is the
/// agent's alone.
bool is_of_the_run(std::string_view variable) {
  constexpr std::array<std::string_view, 7> kOurs{
      "STEWARD_RUN=",   "STEWARD_BOT=",   "STEWARD_JOURNAL=", "STEWARD_GATE=",
      "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="};
  return std::ranges::any_of(kOurs, [&](std::string_view name) { return variable.starts_with(name); });
}

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** at = environ; *at != nullptr; ++at) {
    if (!is_of_the_run(*at)) out.emplace_back(*at);
  }
  return out;
}

std::string tail_of(const std::string& path) {
  constexpr std::size_t kLargest = 1 << 20, kTail = 1000;
  auto text = read_file(path, kLargest);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  if (text->size() > kTail) text->erase(0, text->size() - kTail);
  return std::move(*text);
}

}  // namespace

BackupChild::BackupChild(std::string program, std::string state, std::string config)
    : program_(std::move(program)),
      state_(std::move(state)),
      config_(std::move(config)),
      inherited_(descendants(::getpid())) {}

Status BackupChild::start(std::string_view verb, const std::string& job) {
  const std::string folder = backup::work_folder(state_);
  if (auto made = make_folders(folder, 0700); !made) return made;
  output_ = fmt::format("{}/{}.out", folder, job.empty() ? verb : job);
  auto output = open_file(output_, O_WRONLY | O_CREAT | O_TRUNC);
  if (!output) return std::unexpected(output.error());
  SpawnSpec spec{.args = {program_, "backup", std::string(verb), job, "--json", "--in-force", "--config",
                          config_, "--state", state_},
                 .env = environment()};
  if (job.empty()) std::erase(spec.args, "");
  spec.out = output->get();
  spec.nice = 19;
  const auto group = Cgroup::beside_own(find_cgroups(), "backup");
  if (group) {
    spec.cgroup = group->folder();
    if (group->memory_procs() >= 0) spec.joins.push_back(group->memory_procs());
  }
  auto spawned = spawn(spec);
  if (!spawned && group) {  // better a backup that ends with the agent than none
    spec.cgroup = -1;
    spec.joins.clear();
    spawned = spawn(spec);
  }
  if (!spawned) return std::unexpected(spawned.error());
  pidfd_ = std::move(spawned->pidfd);
  return {};
}

std::optional<ChildEnd> BackupChild::ended() {
  std::erase_if(inherited_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
  if (!pidfd_) return std::nullopt;
  siginfo_t info{};
  if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) ==
          0 &&
      info.si_pid == 0)
    return std::nullopt;
  pidfd_.reset();
  const int status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
  return ChildEnd{status, tail_of(output_)};
}

}  // namespace steward::agent
