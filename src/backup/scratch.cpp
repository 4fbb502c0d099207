#include "backup/scratch.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "backup/jobs.hpp"
#include "os/files.hpp"
#include "os/process.hpp"

namespace steward::backup {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "drill-";

/// They carry the folder in their environment, whatever session they are in.
void end_checks(const std::string& path) {
  constexpr int kMostRounds = 5;  // what is born while we look is found in the next
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<pid_t> found = processes_with_environment("STEWARD_RESTORED=" + path);
    std::erase(found, ::getpid());
    if (found.empty()) return;
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
  }
}

/// Restored folders have their old modes, and only root empties one that nobody may write to.
void make_writable(const fs::path& path) {
  std::error_code bad;
  const auto permit = [&bad](const fs::path& folder) {
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, bad);
  };
  permit(path);
  for (auto item = fs::recursive_directory_iterator(path, bad);
       !bad && item != fs::recursive_directory_iterator(); item.increment(bad)) {
    if (item->is_directory(bad) && !item->is_symlink(bad)) permit(item->path());
  }
}

}  // namespace

std::string scratch_of(const std::string& work_folder, const std::string& job) {
  return work_folder + "/" + std::string(kPrefix) + job;
}

Result<bool> remove_scratch(const std::string& path) {
  if (!exists(path)) return false;
  std::error_code bad;
  fs::remove_all(path, bad);
  if (!bad) return true;
  make_writable(path);
  fs::remove_all(path, bad);
  if (bad)
    return fail(Code::denied, "{}, into which a drill had restored, cannot be removed: {}", path,
                bad.message());
  return true;
}

std::vector<std::string> remove_left_scratch(const config::Settings& settings, const std::string& job) {
  const std::string folder = work_folder(settings.state);
  std::vector<std::string> said;
  const auto names = list_folder(folder);
  if (!names) return said;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string owner = name.substr(kPrefix.size());
    const bool ours = owner == job;
    const bool configured =
        std::ranges::find(settings.backups, owner, &config::Backup::name) != settings.backups.end();
    if (!is_job_name(owner) || (configured && !ours)) continue;
    // A drill by another configuration on this state folder may run right now.
    const auto lock = ours ? Result<Fd>(Fd()) : lock_job(folder, owner);
    if (!lock) continue;
    const std::string path = scratch_of(folder, owner);
    end_checks(path);
    const auto removed = remove_scratch(path);
    if (!removed) said.push_back(removed.error().text());
    if (removed && *removed) said.push_back(path + " is removed, which a killed drill had left");
  }
  return said;
}

}  // namespace steward::backup
