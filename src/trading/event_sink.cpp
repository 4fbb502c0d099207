#include "trading/event_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.hpp"
#include "os/files.hpp"

namespace steward::trading {

namespace {
constexpr MonoNs kReopen = 5 * kSecond;

bool ends_in_newline(int fd) {
  struct stat facts{};
  if (::fstat(fd, &facts) != 0 || facts.st_size == 0) return true;
  char last = '\n';
  return ::pread(fd, &last, 1, facts.st_size - 1) != 1 || last == '\n';
}
}  // namespace

bool JournalFile::reopen() {
  auto file = open_file(path_, O_RDWR | O_APPEND | O_CREAT, 0640);
  if (!file) file = open_file(path_, O_WRONLY | O_APPEND);
  if (!file) return false;
  torn_ = !ends_in_newline(file->get());
  file_ = *std::move(file);
  opened_ = clock_.mono();
  return true;
}

void JournalFile::write(std::string_view event) {
  if ((!file_ || clock_.mono() - opened_ >= kReopen) && !reopen() && !file_) {
    if (lost_++ == 0) log::error("{} cannot be opened; the journal of this run has gaps", path_);
    return;
  }
  line_.clear();
  if (torn_) line_ += '\n';
  line_.append(event).append(1, '\n');
  const ssize_t written = ::write(file_.get(), line_.data(), line_.size());
  torn_ = written != static_cast<ssize_t>(line_.size()) && (torn_ || written > 0);
  if (written == static_cast<ssize_t>(line_.size())) return;
  if (lost_++ == 0) log::error("{} cannot be written; the journal of this run has gaps", path_);
}

}  // namespace steward::trading
