#include "keeper/log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/units.hpp"
#include "os/files.hpp"

namespace steward::keeper {

namespace {

constexpr std::string_view kLog = "out.log";
constexpr std::string_view kRotated = "out.log.";
/// What a line that does not end may take beyond log_max, before it is cut.
constexpr std::int64_t kMostBeyond = 64 << 10;

std::vector<std::string> rotated_files(const std::string& folder) {
  std::vector<std::string> found;  // sorted by name, so by age
  if (const auto names = list_folder(folder)) {
    for (const std::string& name : *names) {
      if (rotation_number(name) > 0) found.push_back(name);
    }
  }
  return found;
}

}  // namespace

std::int64_t rotation_number(std::string_view name) {
  if (!name.starts_with(kRotated)) return 0;
  name.remove_prefix(kRotated.size());
  if (name.ends_with(".gz")) name.remove_suffix(3);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() && number > 0 ? number : 0;
}

LogWriter::LogWriter(std::string folder, Limits limits, Rotated rotated)
    : folder_(std::move(folder)),
      path_(folder_ + "/" + std::string(kLog)),
      limits_(limits),
      rotated_(std::move(rotated)) {}

bool LogWriter::open() {
  if (file_) return true;
  auto file = open_file(path_, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0640);
  if (!file) {
    trouble_ = file.error().text();
    return false;
  }
  file_ = std::move(*file);
  size_ = ::lseek(file_.get(), 0, SEEK_END);
  char last = '\n';
  if (size_ > 0 && ::pread(file_.get(), &last, 1, size_ - 1) == 1) torn_ = last != '\n';
  return true;
}

void LogWriter::stamp(WallNs now) {
  if (now / kMillisecond != stamp_of_) {
    stamp_of_ = now / kMillisecond;
    stamp_ = format_utc(now) + " ";
  }
  text_ += stamp_;
}

void LogWriter::write(std::string_view bytes, WallNs now) {
  const bool within_line = !line_begins_;
  text_.clear();
  while (!bytes.empty()) {
    if (line_begins_) stamp(now);
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
    text_ += part;
    line_begins_ = end != std::string_view::npos;
    bytes.remove_prefix(part.size());
  }
  std::string_view text = text_;
  if (is_full_with(text.size())) {
    const std::size_t rest = within_line ? rest_of_line(text) : 0;
    if (rest > 0) append(text.substr(0, rest));
    text.remove_prefix(rest);
    if (!text.empty()) rotate();
  }
  if (!text.empty()) append(text);
}

bool LogWriter::is_full_with(std::size_t bytes) const {
  return limits_.log_max > 0 && size_ > 0 && size_ + static_cast<std::int64_t>(bytes) > limits_.log_max;
}

std::size_t LogWriter::rest_of_line(std::string_view text) const {
  const std::size_t end = text.find('\n');
  if (end != std::string_view::npos) return end + 1;
  return size_ > limits_.log_max + kMostBeyond ? 0 : text.size();
}

void LogWriter::finish(WallNs now) {
  if (!line_begins_) write("\n", now);
}

void LogWriter::append(std::string_view text) {
  if (open()) {
    if (torn_ && ::write(file_.get(), "\n", 1) == 1) {
      torn_ = false;
      ++size_;
    }
    ssize_t wrote = 0;
    if (!torn_) {
      do {
        wrote = ::write(file_.get(), text.data(), text.size());
      } while (wrote < 0 && errno == EINTR);
    } else {
      wrote = -1;
    }
    if (wrote < 0) trouble_ = fmt::format("{}: {}", path_, std::strerror(errno));
    if (wrote > 0) {
      size_ += wrote;
      text.remove_prefix(static_cast<std::size_t>(wrote));
      if (!text.empty()) {
        torn_ = true;
        trouble_ = fmt::format("{}: no space left on the device", path_);
      }
    }
  }
  if (text.empty()) {
    trouble_.clear();
    return;
  }
  bytes_dropped_ += text.size();
  for (const char c : text) lines_dropped_ += c == '\n' ? 1 : 0;
}

void LogWriter::rotate() {
  const auto old = rotated_files(folder_);
  const std::int64_t number = old.empty() ? 1 : rotation_number(old.back()) + 1;
  const std::string name = fmt::format("{}/{}{:06}", folder_, kRotated, number);
  if (::rename(path_.c_str(), name.c_str()) != 0)
    return;  // goes on in the same file and tries again with the next line
  file_.reset();
  size_ = 0;
  torn_ = false;
  rotated_(name);
}

namespace {

bool compress(const std::string& path) {
  auto in = open_file(path, O_RDONLY);
  auto out = open_file(path + ".gz", O_WRONLY | O_CREAT | O_TRUNC, 0640);
  if (!in || !out) return false;
  gzFile gz = ::gzdopen(out->release(), "wb6");
  if (gz == nullptr) return false;
  std::vector<char> block(1 << 16);
  bool good = true;
  while (good) {
    const ssize_t got = ::read(in->get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    good = got >= 0 && (got == 0 || ::gzwrite(gz, block.data(), static_cast<unsigned>(got)) == got);
    if (got <= 0) break;
  }
  good = ::gzclose(gz) == Z_OK && good;
  ::unlink((good ? path : path + ".gz").c_str());
  return good;
}

/// The oldest logs of earlier runs go when all of them together are larger than `most` bytes.
void prune_runs(const std::string& run_folder, std::int64_t most) {
  const std::string runs = parent_of(run_folder);
  const auto names = list_folder(runs);
  if (!names) return;
  std::int64_t total = 0;
  for (auto name = names->rbegin(); name != names->rend(); ++name) {  // the newest first
    const std::string folder = runs + "/" + *name;
    if (folder == run_folder) continue;
    auto logs = rotated_files(folder);
    logs.emplace_back(kLog);
    for (auto log = logs.rbegin(); log != logs.rend(); ++log) {
      const std::string path = folder + "/" + *log;
      total += file_size(path).value_or(0);
      if (total > most) ::unlink(path.c_str());
    }
  }
}

}  // namespace

void compress_and_prune(const std::string& path, std::int64_t files, std::int64_t log_max) {
  constexpr int kIdleClass = 3 << 13;  // ioprio_set(2): only when nobody else wants the disk
  [[maybe_unused]] const int nice_now = ::nice(19);
  ::syscall(SYS_ioprio_set, 1, 0, kIdleClass);
  const std::string folder = parent_of(path);
  const bool good = !exists(path) || compress(path);
  auto old = rotated_files(folder);
  while (static_cast<std::int64_t>(old.size()) > files) {
    ::unlink((folder + "/" + old.front()).c_str());
    old.erase(old.begin());
  }
  prune_runs(folder, files * log_max);
  ::_exit(good ? 0 : 1);
}

}  // namespace steward::keeper
