#pragma once

#include <sys/types.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// open(2), always with O_CLOEXEC; the error names the path.
Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0600);

/// The farthest time of a file, in 2262 and, negative, in 1677: more nanoseconds no WallNs holds.
constexpr WallNs kFarthestTime = 9'223'372'036 * kSecond;

/// A time of stat(2), which a file may have beyond kFarthestTime: then the nearest that is not.
constexpr WallNs wall_of(const timespec& time) {
  constexpr std::int64_t kMost = kFarthestTime / kSecond - 1;
  return std::clamp<std::int64_t>(time.tv_sec, -kMost, kMost) * kSecond + time.tv_nsec;
}
/// For utimensat(2): whole seconds rounded down, and the rest, which is never negative.
constexpr timespec timespec_of(WallNs wall) {
  const std::int64_t rest = ((wall % kSecond) + kSecond) % kSecond;
  return {(wall - rest) / kSecond, static_cast<long>(rest)};
}

/// The whole file, or Code::invalid when it holds more than `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// Writes all of `bytes`, going on after short writes and EINTR.
Status write_all(int fd, std::string_view bytes);

/// Replaces `path` so that a reader, or a machine that stops at any instruction, finds the old content or the
/// new one whole: write a neighbour, fsync, rename, fsync the folder.
Status replace_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

/// As replace_file without the two fsyncs: atomic for readers, not durable through a power cut.
Status swap_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

/// fsync of a folder, which makes the names in it durable.
Status sync_folder(const std::string& path);

/// mkdir -p; folders that are made get `mode`.
Status make_folders(const std::string& path, mode_t mode = 0755);

/// The names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> list_folder(const std::string& path);
/// Of a folder that is open; `path` is its name for messages.
Result<std::vector<std::string>> list_folder(Fd folder, const std::string& path);

/// Bytes of the file, or Code::not_found.
Result<std::int64_t> file_size(const std::string& path);

bool exists(const std::string& path);

/// The absolute path without links, "." and "..".
Result<std::string> real_path(const std::string& path);

/// The path up to its last '/', "." when it has none.
std::string parent_of(const std::string& path);

}  // namespace steward
