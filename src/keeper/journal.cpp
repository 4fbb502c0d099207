#include "keeper/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "os/files.hpp"

namespace steward::keeper {

namespace {

constexpr std::string_view kPrefix = "journal.";
constexpr std::string_view kSuffix = ".jsonl";
/// Lines that wait for a disk to have room again.
constexpr std::size_t kMostBacklog = 1 << 20;

}  // namespace

std::string segment_name(int number) {
  return fmt::format("{}{:06}{}", kPrefix, number, kSuffix);
}

int newest_segment(const std::string& folder) {
  const auto names = list_folder(folder);
  if (!names) return 0;
  int newest = 0;
  for (const std::string_view name : *names) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    int number = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
    newest = std::max(newest, number);
  }
  return newest;
}

Status add_segment(const std::string& folder, int number, uid_t uid, gid_t gid) {
  const std::string name = segment_name(number);
  const std::string path = folder + "/" + name;
  auto file = open_file(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0640);
  if (!file) return std::unexpected(file.error());
  if (::fchmod(file->get(), 0640) != 0) return fail_errno(errno, "cannot set the mode of " + path);
  if ((uid != static_cast<uid_t>(-1) || gid != static_cast<gid_t>(-1)) &&
      ::fchown(file->get(), uid, gid) != 0) {
    return fail_errno(errno, "cannot give " + path + " to the bot's user");
  }
  const std::string link = folder + "/journal";
  const std::string next = link + ".new";
  ::unlink(next.c_str());
  if (::symlink(name.c_str(), next.c_str()) != 0 || ::rename(next.c_str(), link.c_str()) != 0) {
    return fail_errno(errno, "cannot set the link " + link);
  }
  return {};
}

Status JournalWriter::open(int segment) {
  if (auto made = make_folders(folder_); !made) return made;
  constexpr auto kSame = static_cast<uid_t>(-1);
  if (auto added = add_segment(folder_, segment, kSame, kSame); !added) return added;
  auto file = open_file(folder_ + "/" + segment_name(segment), O_WRONLY | O_APPEND);
  if (!file) return std::unexpected(file.error());
  file_ = std::move(*file);
  segment_ = segment;
  size_ = 0;
  return {};
}

void JournalWriter::line(std::string_view json) {
  backlog_.append(json).append(1, '\n');
  flush();
  while (backlog_.size() > kMostBacklog) {
    // What remains of a line already begun must follow it, whatever else is given up.
    const auto from = torn_ ? backlog_.find('\n') + 1 : 0;
    backlog_.erase(from, backlog_.find('\n', from) + 1 - from);
    ++lost_;
  }
}

/// Writes as much as there is room for; the rest, if need be of a line, waits and is written on from there.
void JournalWriter::flush() {
  if (backlog_.empty()) return;
  if (!file_) {
    if (auto opened = open(1); !opened) {
      trouble_ = opened.error().text();
      return;
    }
  }
  while (!backlog_.empty()) {
    const ssize_t wrote = ::write(file_.get(), backlog_.data(), backlog_.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      trouble_ =
          fmt::format("{}: {}", folder_, wrote < 0 ? std::strerror(errno) : "nothing could be written");
      return;
    }
    size_ += wrote;
    torn_ = backlog_[static_cast<std::size_t>(wrote) - 1] != '\n';
    backlog_.erase(0, static_cast<std::size_t>(wrote));
  }
  trouble_.clear();
}

void JournalWriter::tend() {
  flush();
  if (size_ < kSegmentSize || torn_) return;
  if (auto next = open(segment_ + 1); !next) trouble_ = next.error().text();
}

}  // namespace steward::keeper
