#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "os/fd.hpp"

namespace steward::logs {

/// One log that is read from some byte on, compressed or not. Follows no symbolic link, waits for nothing.
class LogFile {
 public:
  /// False when there is no such regular file; then it stays as it was.
  bool open(const std::string& path, std::int64_t offset);
  void close();
  bool is_open() const { return fd_ || gz_; }
  std::uint64_t inode() const { return inode_; }

  /// The next bytes; 0 at the end, or where it cannot be read.
  std::size_t read(std::span<char> into);
  /// Whether its end was one that it should not have.
  bool broken() const { return broken_; }

 private:
  Fd fd_;
  std::unique_ptr<::gzFile_s, int (*)(::gzFile)> gz_{nullptr, ::gzclose};
  std::uint64_t inode_ = 0;
  std::int64_t offset_ = 0;
  bool broken_ = false;
};

/// The regular file at a path: its inode and size.
struct FileFacts {
  std::uint64_t inode = 0;  ///< 0: there is none
  std::int64_t size = 0;
};
FileFacts facts_of(const std::string& path);

}  // namespace steward::logs
