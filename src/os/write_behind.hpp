#pragma once

#include <fcntl.h>

#include <cstdint>

namespace steward {

/// Lets the disk begin with a large file while it is still being written, so that the fsync or syncfs at its
/// end finds little left to do. A hint: failures are for that fsync to tell. One file at a time; one thread.
class WriteBehind {
 public:
  void begin() { begun_ = 0; }
  /// The file is whole up to `end`.
  void written(int fd, std::int64_t end) {
    constexpr std::int64_t kStep = 8 << 20;
    if (end - begun_ < kStep) return;
    ::sync_file_range(fd, begun_, end - begun_, SYNC_FILE_RANGE_WRITE);
    begun_ = end;
  }

 private:
  std::int64_t begun_ = 0;
};

}  // namespace steward
