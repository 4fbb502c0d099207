#include "logs/follower.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "keeper/log_files.hpp"
#include "os/files.hpp"

namespace steward::logs {

namespace {

struct Numbers {
  std::int64_t first = 0, last = 0;  // of the rotated files; 0: there are none
};

Numbers rotated_in(const std::string& folder) {
  Numbers out;
  for (const std::string& name : list_folder(folder).value_or(std::vector<std::string>{})) {
    const std::int64_t number = keeper::rotation_number(name);
    if (number == 0) continue;
    out.first = out.first == 0 ? number : std::min(out.first, number);
    out.last = std::max(out.last, number);
  }
  return out;
}

}  // namespace

std::size_t Follower::look(std::string_view run, std::size_t budget, std::span<char> buffer) {
  if (run.empty()) return 0;
  if (tally_.at.run.empty()) next_run(run);
  std::size_t read = 0;
  // Files that are gone cost no bytes; they are bounded by the steps.
  constexpr int kMostEmptySteps = 100;
  for (int empty = 0; read < budget && empty < kMostEmptySteps;) {
    const std::size_t before = read;
    if (step(run, buffer, read) == Next::wait) break;
    if (read == before) ++empty;
  }
  return read;
}

Follower::Next Follower::step(std::string_view run, std::span<char> buffer, std::size_t& read) {
  const bool run_is_over = tally_.at.run < run;  // ULIDs: sorted by time
  // A run that never wrote is looked into when it is over; until then it costs this one call.
  const bool silent = !file_.is_open() && !run_is_over && facts_of(log_path_).inode == 0;
  if (silent) return Next::wait;
  changed_ = changed_ || !file_.is_open();
  if (!file_.is_open() && !find_file()) {
    if (!run_is_over) return Next::wait;
    next_run(run);
    return Next::more;
  }
  bool final = !live_ || run_is_over;
  if (!final) {
    const FileFacts now = facts_of(log_path_);
    // Renamed: the keeper writes no more to it.
    final = now.inode != file_.inode();
    const auto seen = tally_.at.offset + static_cast<std::int64_t>(pending_.size());
    if (!final && now.size <= seen) return Next::wait;
  }
  changed_ = true;
  const std::size_t got = file_.read(buffer);
  read += got;
  take({buffer.data(), got});
  if (got > 0) return Next::more;
  if (!final) return Next::wait;
  const bool was_last = live_ && run_is_over && facts_of(log_path_).inode == file_.inode();
  end_file();
  if (was_last) next_run(run);
  return Next::more;
}

/// Opens the file of the position, or the next one that is there. False: there is none (yet).
bool Follower::find_file() {
  Position& at = tally_.at;
  const std::string folder = runs_ + "/" + at.run;
  const Numbers rotated = rotated_in(folder);
  const std::int64_t live = rotated.last + 1;
  const std::int64_t oldest = rotated.first == 0 ? live : rotated.first;
  if (at.file == 0 || at.file < oldest) {
    if (at.file == 0) at.file = 1;
    tally_.files_skipped += std::max<std::int64_t>(0, oldest - at.file);
    at = {.run = at.run, .file = std::max(at.file, oldest)};
  }
  if (at.file < live) {
    if (open_rotated()) return true;
    // Deleted just now, or it cannot be read.
    ++tally_.files_skipped;
    at = {.run = at.run, .file = at.file + 1};
    return find_file();
  }
  const FileFacts facts = facts_of(log_path_);
  // Without rotated files to keep (log.files = 0) the numbers begin again; a file may also have been emptied.
  const bool same = at.file == live && facts.size >= at.offset;
  if (facts.inode != 0 && !same) at = {.run = at.run, .within = at.offset == 0 && at.within};
  at.file = live;
  if (facts.inode == 0 || !file_.open(log_path_, at.offset)) return false;
  live_ = true;
  // It may have been rotated meanwhile: then another file was opened than the one of this number.
  if (rotated_in(folder).last < live) return true;
  file_.close();
  return find_file();
}

bool Follower::open_rotated() {
  const std::string path = fmt::format("{}.{:06}", log_path_, tally_.at.file);
  // The keeper deletes the plain one once the other is whole.
  if (!file_.open(path, tally_.at.offset) && !file_.open(path + ".gz", tally_.at.offset)) return false;
  live_ = false;
  return true;
}

void Follower::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    take_part(part, end != std::string_view::npos);
    bytes.remove_prefix(part.size());
  }
}

void Follower::take_part(std::string_view part, bool ends) {
  Position& at = tally_.at;
  if (at.within) {  // the rest of a line that is counted
    at.offset += static_cast<std::int64_t>(part.size());
    at.within = !ends;
    return;
  }
  if (ends && pending_.empty()) {
    tally_.add(part.substr(0, part.size() - 1));
    at.offset += static_cast<std::int64_t>(part.size());
    return;
  }
  pending_ += part;
  if (ends || pending_.size() > kMostOfLine) {
    end_line();
    at.within = !ends;
  }
}

void Follower::end_line() {
  std::string_view line = pending_;
  if (line.ends_with('\n')) line.remove_suffix(1);
  tally_.add(line);
  tally_.at.offset += static_cast<std::int64_t>(pending_.size());
  pending_.clear();
}

/// The next file of the run goes on where this one ends, be it within a line.
void Follower::end_file() {
  const bool cut = !pending_.empty();
  if (cut) end_line();
  if (file_.broken()) ++tally_.files_skipped;
  tally_.at = {.run = tally_.at.run, .file = tally_.at.file + 1, .within = cut || tally_.at.within};
  file_.close();
}

/// To the run after this one, at most the newest; to the oldest when there was none.
void Follower::next_run(std::string_view newest) {
  file_.close();
  pending_.clear();
  std::string next(newest);
  for (const std::string& name : list_folder(runs_).value_or(std::vector<std::string>{})) {
    if (name > tally_.at.run && name < next) next = name;
  }
  tally_.at = {.run = std::move(next)};
  log_path_ = path_of_log();
  changed_ = true;
}

}  // namespace steward::logs
