#include "logs/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/files.hpp"

namespace steward::logs {

bool LogFile::open(const std::string& path, std::int64_t offset) {
  auto file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct ::stat info{};
  if (!file || ::fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  close();
  inode_ = info.st_ino;
  offset_ = offset;
  broken_ = false;
  if (!path.ends_with(".gz")) {
    fd_ = std::move(*file);
    return true;
  }
  gz_.reset(::gzdopen(file->release(), "rb"));
  if (gz_ && offset > 0) ::gzseek(gz_.get(), offset, SEEK_SET);
  return gz_ != nullptr;
}

void LogFile::close() {
  fd_.reset();
  gz_.reset();
  inode_ = 0;
}

std::size_t LogFile::read(std::span<char> into) {
  ssize_t got = 0;
  if (gz_) {
    got = ::gzread(gz_.get(), into.data(), static_cast<unsigned>(into.size()));
  } else if (fd_) {
    do {
      got = ::pread(fd_.get(), into.data(), into.size(), offset_);
    } while (got < 0 && errno == EINTR);
  }
  broken_ = got < 0;
  if (got <= 0) return 0;
  offset_ += got;
  return static_cast<std::size_t>(got);
}

FileFacts facts_of(const std::string& path) {
  struct ::stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return {info.st_ino, info.st_size};
}

}  // namespace steward::logs
