#include "store/retention.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "journal/layout.hpp"
#include "os/files.hpp"

namespace steward::store {

namespace {

std::string folder_of(const std::string& state_folder, const std::string& bot, const std::string& run) {
  return fmt::format("{}/{}/{}", state_folder, journal::runs_folder(bot), run);
}

/// When a journal segment in the folder was last written, or the folder itself changed.
WallNs last_written(const std::string& folder) {
  WallNs newest = 0;
  const auto look = [&](const std::string& path) {
    struct ::stat info{};
    if (::stat(path.c_str(), &info) == 0) newest = std::max(newest, wall_of(info.st_mtim));
  };
  look(folder);
  const auto names = list_folder(folder);
  if (!names) return newest;
  for (const std::string& name : *names) {
    if (journal::segment_number(name)) look(folder + "/" + name);
  }
  return newest;
}

}  // namespace

std::vector<OldRun> find_old_runs(const std::string& state_folder, const journal::DoneRuns& done,
                                  WallNs before, std::size_t most) {
  const auto all = done.all();  // by bot, then by time of birth
  std::vector<OldRun> old;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [bot, run] = all[i];
    const bool newest = i + 1 == all.size() || all[i + 1].first != bot;
    const std::string folder = folder_of(state_folder, bot, run);
    if (newest || !exists(folder)) continue;
    const WallNs written = last_written(folder);
    if (written < before) old.push_back({bot, run, folder, written});
  }
  std::ranges::sort(old, {}, &OldRun::last_written);
  if (old.size() > most) old.resize(most);
  return old;
}

Status delete_run(const OldRun& run) {
  std::error_code error;
  std::filesystem::remove_all(run.folder, error);
  if (error) return fail(Code::unavailable, "cannot delete the old run {}: {}", run.folder, error.message());
  return {};
}

void forget_deleted(const std::string& state_folder, journal::DoneRuns& done) {
  for (const auto& [bot, run] : done.all()) {
    if (!exists(folder_of(state_folder, bot, run))) done.remove(bot, run);
  }
}

}  // namespace steward::store
