#include "cli/log_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>

#include "keeper/log_files.hpp"
#include "logs/stamp.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

using logs::stamp_of;

constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::string_view kLog = "out.log";

/// Reads a log line by line, compressed or not. A line longer than kLongestLine comes in parts.
class LineReader {
 public:
  explicit LineReader(const std::string& path)
      : file_(::gzopen(path.c_str(), "rbe"), ::gzclose), block_(1 << 16, '\0') {
    if (file_) ::gzbuffer(file_.get(), 1 << 17);
  }

  void skip_to(std::int64_t offset) {
    if (file_ && offset > 0) ::gzseek(file_.get(), offset, SEEK_SET);
  }

  /// The next line with its newline; false at the end, or where the file is broken.
  bool next(std::string& line) {
    line.clear();
    while (true) {
      if (at_ == filled_ && !fill()) return !line.empty();
      const std::string_view rest(block_.data() + at_, filled_ - at_);
      const auto end = rest.find('\n');
      const auto part = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
      line += part;
      at_ += part.size();
      bytes_ += static_cast<std::int64_t>(part.size());
      if (end != std::string_view::npos || line.size() > kLongestLine) return true;
    }
  }
  /// Bytes of the lines given out.
  std::int64_t bytes() const { return bytes_; }

 private:
  bool fill() {
    const int got = file_ ? ::gzread(file_.get(), block_.data(), static_cast<unsigned>(block_.size())) : 0;
    at_ = 0;
    filled_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
  }

  std::unique_ptr<::gzFile_s, int (*)(::gzFile)> file_;
  std::string block_;
  std::size_t at_ = 0, filled_ = 0;
  std::int64_t bytes_ = 0;
};

/// Where the last `lines` lines of a plain file begin, read backwards; `lines` becomes what is still missing.
std::int64_t tail_offset(const std::string& path, std::int64_t& lines) {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return 0;
  std::int64_t end = std::max<std::int64_t>(0, ::lseek(file->get(), 0, SEEK_END));
  bool last_byte = true;  // a newline at the very end ends the last line and begins none
  char block[1 << 16];
  while (end > 0) {
    const std::int64_t begin = std::max<std::int64_t>(0, end - static_cast<std::int64_t>(sizeof block));
    const ssize_t got = ::pread(file->get(), block, static_cast<std::size_t>(end - begin), begin);
    if (got != end - begin) return begin;
    for (ssize_t i = got - 1; i >= 0; --i) {
      const bool ends_a_line = block[i] == '\n' && !last_byte;
      last_byte = false;
      if (ends_a_line && --lines == 0) return begin + i + 1;
    }
    end = begin;
  }
  if (!last_byte) --lines;  // the file's first line has no newline before it
  return 0;
}

std::int64_t count_lines(const std::string& path) {
  LineReader reader(path);
  std::string line;
  std::int64_t count = 0;
  while (reader.next(line)) ++count;
  return count;
}

bool is_packed(std::string_view path) {
  return path.ends_with(".gz");
}

/// Where to begin so that the last `lines` lines of all files follow: the index of the file, and how much of
/// it is left out.
struct Start {
  std::size_t file = 0;
  std::int64_t offset = 0;      ///< bytes, of a plain file
  std::int64_t skip_lines = 0;  ///< of a compressed one
};

Start find_tail(const std::vector<std::string>& files, std::int64_t lines) {
  if (lines == 0) return {files.size(), 0, 0};
  for (std::size_t i = files.size(); i-- > 0;) {
    if (is_packed(files[i])) {
      const std::int64_t held = count_lines(files[i]);
      if (held >= lines) return {i, 0, held - lines};
      lines -= held;
    } else {
      const std::int64_t offset = tail_offset(files[i], lines);
      if (lines <= 0) return {i, offset, 0};
    }
  }
  return {};
}

/// The newest file that begins before `since`; all older ones are older throughout.
std::size_t find_since(const std::vector<std::string>& files, std::string_view since) {
  for (std::size_t i = files.size(); i-- > 0;) {
    LineReader reader(files[i]);
    std::string line;
    if (reader.next(line) && !stamp_of(line).empty() && stamp_of(line) < since) return i;
  }
  return 0;
}

/// Passes lines on, or keeps the last `most` of them until finish().
class Sink {
 public:
  Sink(std::int64_t most, const PrintText& print) : most_(most), print_(print) {}
  void take(const std::string& line) {
    if (most_ < 0) return print_(line);
    kept_.push_back(line);
    if (std::ssize(kept_) > most_) kept_.pop_front();
  }
  void finish() {
    for (const std::string& line : kept_) print_(line);
  }

 private:
  std::int64_t most_;
  const PrintText& print_;
  std::deque<std::string> kept_;
};

}  // namespace

std::vector<std::string> log_files(const std::string& runs) {
  std::vector<std::string> out;
  for (const std::string& run : list_folder(runs).value_or(std::vector<std::string>{})) {
    const std::string folder = runs + "/" + run + "/";
    const auto names = list_folder(folder).value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
      const bool packed_too = std::ranges::find(names, name + ".gz") != names.end();
      if (keeper::rotation_number(name) > 0 && !packed_too) out.push_back(folder + name);
    }
    if (std::ranges::find(names, kLog) != names.end()) out.push_back(folder + std::string(kLog));
  }
  return out;
}

std::int64_t print_log(const std::vector<std::string>& files, const LogRange& range, const PrintText& print) {
  const bool by_time = !range.since.empty();
  const Start start = by_time           ? Start{find_since(files, range.since), 0, 0}
                      : range.lines < 0 ? Start{}
                                        : find_tail(files, range.lines);
  Sink sink(by_time ? range.lines : -1, print);
  bool begun = !by_time;
  std::int64_t read = 0;
  std::string line;
  for (std::size_t i = start.file; i < files.size(); ++i) {
    LineReader reader(files[i]);
    const std::int64_t offset = i == start.file ? start.offset : 0;
    reader.skip_to(offset);
    for (std::int64_t skip = i == start.file ? start.skip_lines : 0; skip > 0 && reader.next(line); --skip)
      continue;
    while (reader.next(line)) {
      begun = begun || stamp_of(line) >= range.since;
      if (begun) sink.take(line);
    }
    read = offset + reader.bytes();
  }
  sink.finish();
  if (start.file == files.size() && !files.empty()) return file_size(files.back()).value_or(0);
  return read;
}

LogFollower::LogFollower(std::string runs, std::string file, std::int64_t offset) : runs_(std::move(runs)) {
  if (file.empty()) return;
  const std::string folder = parent_of(file);
  run_ = folder.substr(runs_.size() + 1);
  path_ = folder + "/" + std::string(kLog);
  // A rotated file is whole: what follows is in an out.log that is yet to come.
  if (file == path_) open(offset);
}

void LogFollower::open(std::int64_t offset) {
  auto file = open_file(path_, O_RDONLY);
  if (!file) return;
  file_ = std::move(*file);
  offset_ = offset;
}

void LogFollower::drain(const PrintText& print) {
  char block[1 << 16];
  while (file_) {
    const ssize_t got = ::pread(file_.get(), block, sizeof block, offset_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    print({block, static_cast<std::size_t>(got)});
    offset_ += got;
  }
}

bool LogFollower::was_rotated() const {
  struct ::stat ours{}, there{};
  if (::fstat(file_.get(), &ours) != 0 || ::stat(path_.c_str(), &there) != 0) return false;
  return ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

std::string LogFollower::next_run() const {
  for (const std::string& run : list_folder(runs_).value_or(std::vector<std::string>{})) {
    if (run > run_ && exists(runs_ + "/" + run + "/" + std::string(kLog))) return run;
  }
  return {};
}

void LogFollower::step(const PrintText& print) {
  while (true) {
    if (!file_ && !path_.empty()) open(0);
    // Asked before the drain: what was written until then is in the file that is drained.
    const bool rotated = file_ && was_rotated();
    const std::string next = rotated ? "" : next_run();
    drain(print);
    if (!rotated && next.empty()) return;
    file_.reset();
    if (!rotated) {
      run_ = next;
      path_ = runs_ + "/" + next + "/" + std::string(kLog);
    }
  }
}

}  // namespace steward::cli
