#include "backup/ship/journal_watch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/ulid.hpp"
#include "journal/layout.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kQuiet = 60 * kSecond;
/// The segments that a writer may have open.
constexpr std::size_t kOpen = 2;

Seen seen_of(PieceKind kind, const std::string& path, const struct ::stat& info) {
  return {kind,        path.substr(1), info.st_size, wall_of(info.st_mtim), info.st_mode & 07777,
          info.st_uid, info.st_gid};
}

/// Whether the folder changed since `changed`, which is then set; a name made within the same tick of the
/// file system's clock would not show in its time, so a young one counts as changed at the next look, too.
Result<bool> folder_changed(const std::string& path, WallNs& changed, WallNs now) {
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(errno, path);
  const WallNs time = wall_of(info.st_mtim);
  if (time == changed) return false;
  changed = now - time > kSecond ? time : -1;
  return true;
}

}  // namespace

Status JournalWatch::look(const ShipState& state, WallNs now, std::vector<Seen>& seen) {
  trouble_ = {};
  find_bots(now);
  if (settings_.own && !settings_.config.empty()) small_file(settings_.config, false, seen);
  for (auto& [bot, lane] : lanes_) {
    if (settings_.own && bot != journal::kKeeper && bot != journal::kAgent) {
      const std::string folder = parent_of(lane.folder);
      small_file(folder + "/gate", false, seen);
      small_file(folder + "/down", true, seen);
    }
    look_at(lane, state, now, seen);
  }
  return trouble_;
}

void JournalWatch::find_bots(WallNs now) {
  const std::string folder = settings_.state + "/bots";
  const auto changed = folder_changed(folder, bots_changed_, now);
  const auto add = [&](const std::string& bot) {
    auto& lane = lanes_[bot];
    if (lane.folder.empty()) lane.folder = settings_.state + "/" + journal::runs_folder(bot);
  };
  add(std::string(journal::kKeeper)), add(std::string(journal::kAgent));
  if (!changed) {
    if (changed.error().code() != Code::not_found) trouble_ = std::unexpected(changed.error());
    return;
  }
  if (!*changed) return;
  const auto names = list_folder(folder);
  if (!names) {
    bots_changed_ = -1;
    trouble_ = std::unexpected(names.error());
    return;
  }
  std::erase_if(lanes_, [&](const auto& lane) {
    return lane.first != journal::kKeeper && lane.first != journal::kAgent &&
           !std::ranges::binary_search(*names, lane.first);
  });
  for (const std::string& name : *names) add(name);
}

void JournalWatch::find_runs(Lane& lane, WallNs now) {
  const auto changed = folder_changed(lane.folder, lane.changed, now);
  if (!changed && changed.error().code() != Code::not_found) trouble_ = std::unexpected(changed.error());
  if (!changed || !*changed) return;
  const auto names = list_folder(lane.folder);
  if (!names) {
    lane.changed = -1;
    trouble_ = std::unexpected(names.error());
    return;
  }
  std::set<std::string> there;
  for (const std::string& name : *names) {
    if (!is_ulid(name) || excludes_.match(name, name)) continue;
    if (!lane.known.contains(name)) lane.runs[name];
    there.insert(name);
  }
  lane.known = std::move(there);
}

void JournalWatch::look_at(Lane& lane, const ShipState& state, WallNs now, std::vector<Seen>& seen) {
  find_runs(lane, now);
  for (auto run = lane.runs.begin(); run != lane.runs.end();) {
    const bool newest = !lane.known.empty() && run->first == *lane.known.rbegin();
    const bool goes_on = lane.known.contains(run->first) &&
                         look_at(lane.folder + "/" + run->first, run->second, newest, state, now, seen);
    run = goes_on ? std::next(run) : lane.runs.erase(run);
  }
}

void JournalWatch::find_segments(const std::string& folder, Run& run, WallNs now) {
  const auto changed = folder_changed(folder, run.changed, now);
  if (!changed) return cannot_see(changed.error());
  if (!*changed) return;
  const auto names = list_folder(folder);
  if (!names) {
    run.changed = -1;
    return cannot_see(names.error());
  }
  const std::string name = folder.substr(folder.rfind('/') + 1);
  for (const std::string& file : *names) {
    const auto number = journal::segment_number(file);
    if (!number || (!run.segments.empty() && *number <= run.segments.back())) continue;
    if (!excludes_.match(name + "/" + file, file)) run.segments.push_back(*number);
  }
}

void JournalWatch::cannot_see(const Error& error) {
  if (error.code() == Code::not_found) return;
  trouble_ = std::unexpected(error);
  unseen_ = true;
}

bool JournalWatch::look_at(const std::string& folder, Run& run, bool newest, const ShipState& state,
                           WallNs now, std::vector<Seen>& seen) {
  unseen_ = false;
  find_segments(folder, run, now);
  const std::size_t before = seen.size();
  small_file(folder + "/record", false, seen);
  bool quiet = std::ranges::all_of(seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(),
                                   [&](const Seen& file) { return state.settled(file); });
  for (std::size_t i = run.quiet; i < run.segments.size(); ++i) {
    const std::string path = folder + "/" + journal::segment_name(run.segments[i]);
    struct ::stat info{};
    const bool found = ::lstat(path.c_str(), &info) == 0;
    if (!found) cannot_see(fail_errno(errno, path).error());
    const bool there = found && S_ISREG(info.st_mode);
    const Seen file = there ? seen_of(PieceKind::grow, path, info) : Seen{};
    const bool done = there ? state.settled(file) && now - file.mtime > kQuiet : !unseen_;
    quiet = quiet && done;
    if (there) seen.push_back(file);
    if (done && i == run.quiet && i + kOpen < run.segments.size()) ++run.quiet;
  }
  return newest || !quiet || unseen_;
}

/// A small file as it is; of one that may go, also that it is not there.
void JournalWatch::small_file(const std::string& path, bool may_go, std::vector<Seen>& seen) {
  struct ::stat info{};
  if (::lstat(path.c_str(), &info) == 0) {
    if (S_ISREG(info.st_mode) && info.st_size <= kLargestSmallFile)
      seen.push_back(seen_of(PieceKind::whole, path, info));
  } else if (errno != ENOENT) {
    cannot_see(fail_errno(errno, path).error());
  } else if (may_go) {
    Seen gone;
    gone.kind = PieceKind::gone;
    gone.path = path.substr(1);
    seen.push_back(std::move(gone));
  }
}

}  // namespace steward::backup
