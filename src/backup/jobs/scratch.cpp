#include "backup/jobs/scratch.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "backup/jobs/configured.hpp"
#include "backup/jobs/job_facts.hpp"
#include "os/files.hpp"
#include "os/process.hpp"

namespace steward::backup {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "drill-";
constexpr std::string_view kCopy = "backup-", kCopyEnd = ".db";

/// The job whose scratch folder or copy has this name; empty for what is neither.
std::string owner_of(std::string_view name) {
  if (name.starts_with(kFolder)) {
    name.remove_prefix(kFolder.size());
  } else if (name.starts_with(kCopy) && name.ends_with(kCopyEnd)) {
    name = name.substr(kCopy.size(), name.size() - kCopy.size() - kCopyEnd.size());
  } else {
    return {};
  }
  return is_job_name(name) ? std::string(name) : std::string();
}

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
  return fmt::format("{}/{}{}", work_folder, kFolder, job);
}

std::string scratch_copy_of(const std::string& work_folder, const std::string& job) {
  return fmt::format("{}/{}{}{}", work_folder, kCopy, job, kCopyEnd);
}

Result<bool> remove_scratch(const std::string& path) {
  if (!exists(path)) return false;
  std::error_code bad;
  fs::remove_all(path, bad);
  if (!bad) return true;
  make_writable(path);
  fs::remove_all(path, bad);
  if (bad)
    return fail(Code::denied, "{}, which a drill or backup had left, cannot be removed: {}", path,
                bad.message());
  return true;
}

std::vector<std::string> scratch_left(const std::string& work_folder, const config::Settings& settings,
                                      const std::string& job) {
  auto names = list_folder(work_folder);
  if (!names) return {};
  std::erase_if(*names, [&](const std::string& name) {
    const std::string owner = owner_of(name);
    if (owner.empty()) return true;
    const auto& jobs = settings.backups;
    return owner != job && std::ranges::find(jobs, owner, &config::Backup::name) != jobs.end();
  });
  return std::move(*names);
}

std::vector<std::string> remove_left_scratch(const config::Settings& settings, const std::string& job) {
  const std::string folder = work_folder(settings.state);
  std::vector<std::string> said;
  for (const std::string& name : scratch_left(folder, settings, job)) {
    const std::string owner = owner_of(name);
    // One by another configuration on this state folder may run right now.
    const auto lock = owner == job ? Result<Fd>(Fd()) : lock_job(folder, owner);
    if (!lock) continue;
    const std::string path = folder + "/" + name;
    end_checks(path);
    const auto removed = remove_scratch(path);
    if (!removed) said.push_back(removed.error().text());
    if (removed && *removed) said.push_back(path + " is removed, which a killed drill or backup had left");
  }
  return said;
}

}  // namespace steward::backup
