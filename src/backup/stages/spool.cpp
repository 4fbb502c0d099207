#include "backup/stages/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace steward::backup {

namespace {

constexpr std::size_t kInMemory = 2 << 20;
constexpr std::size_t kWindow = 128 << 10;

/// /tmp may be memory itself.
std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

Result<Fd> nameless_file() {
  const std::string folder = temporary_folder();
  Fd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file && (errno == EOPNOTSUPP || errno == EISDIR)) {
    std::string name = folder + "/steward-XXXXXX";
    file.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (file) ::unlink(name.c_str());
  }
  if (!file)
    return fail_errno(errno, "cannot make a temporary file in " + folder + " (TMPDIR names another)");
  return file;
}

}  // namespace

Status Spool::append(std::string_view bytes) {
  memory_.append(bytes);
  return memory_.size() < kInMemory ? Status{} : spill();
}

Status Spool::spill() {
  if (!file_) {
    auto file = nameless_file();
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
  }
  std::string_view left = memory_;
  while (!left.empty()) {
    const ssize_t put = ::pwrite(file_.get(), left.data(), left.size(), written_);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0)
      return fail_errno(errno,
                        "cannot write a temporary file in " + temporary_folder() + " (TMPDIR names another)");
    left.remove_prefix(static_cast<std::size_t>(put));
    written_ += put;
  }
  memory_.clear();
  return {};
}

Result<std::string_view> Spool::read(std::int64_t offset, std::size_t length) {
  length =
      static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(length), size() - offset));
  const auto end = offset + static_cast<std::int64_t>(length);
  if (offset >= written_)
    return std::string_view(memory_).substr(static_cast<std::size_t>(offset - written_), length);
  if (end > written_) {
    if (auto spilled = spill(); !spilled) return std::unexpected(spilled.error());
  }
  if (offset < window_at_ || end > window_at_ + static_cast<std::int64_t>(window_.size())) {
    window_at_ = offset;
    window_.resize(static_cast<std::size_t>(
        std::min<std::int64_t>(static_cast<std::int64_t>(std::max(kWindow, length)), written_ - offset)));
    for (std::size_t at = 0; at < window_.size();) {
      const ssize_t got = ::pread(file_.get(), window_.data() + at, window_.size() - at,
                                  window_at_ + static_cast<std::int64_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        window_.clear();
        return fail_errno(got < 0 ? errno : EIO, "cannot read a temporary file in " + temporary_folder());
      }
      at += static_cast<std::size_t>(got);
    }
  }
  return std::string_view(window_).substr(static_cast<std::size_t>(offset - window_at_), length);
}

}  // namespace steward::backup
