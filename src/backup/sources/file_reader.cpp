#include "backup/sources/file_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backup/stages/hash.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kBlock = 256 << 10;
constexpr std::size_t kMostExtents = 10'000;

/// Reads up to `size` bytes; fewer only at the end of the file.
Result<std::size_t> read_some(int fd, char* to, std::size_t size, const Entry& entry) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t part = ::read(fd, to + got, size - got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return fail_errno(errno, "cannot read /" + entry.path);
    if (part == 0) break;
    got += static_cast<std::size_t>(part);
  }
  return got;
}

bool touched(int fd, const Entry& entry, bool growing) {
  struct ::stat info{};
  if (::fstat(fd, &info) != 0) return true;
  const Entry now = entry_of(entry.path, info);
  if (growing) return now.size < entry.size;
  return now.size != entry.size || now.mtime != entry.mtime || now.ctime != entry.ctime;
}

}  // namespace

Result<std::optional<OpenFile>> open_found(const Found& found) {
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  int fd = ::openat(found.folder, found.name.c_str(), flags | O_NOATIME);
  if (fd < 0 && errno == EPERM) fd = ::openat(found.folder, found.name.c_str(), flags);  // not our own file
  if (fd < 0) {
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO) return std::nullopt;
    return cannot_read(errno, found.absolute());
  }
  OpenFile file{Fd(fd), {}, {}};
  struct ::stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno(errno, found.absolute());
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  file.entry = entry_of(found.entry.path, info);
  if (info.st_blocks * 512 < info.st_size) file.extents = extents_of(fd, info.st_size);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return file;
}

std::vector<Extent> extents_of(int fd, std::int64_t size) {
  std::vector<Extent> extents;
  off_t at = 0;
  while (at < size && extents.size() < kMostExtents) {
    const off_t data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0 && errno != ENXIO) return {};  // the file system cannot tell
    if (data < 0 || data >= size) break;
    const off_t hole = std::min<off_t>(::lseek(fd, data, SEEK_HOLE), size);
    if (hole <= data) return {};
    extents.push_back({data, hole - data});
    at = hole;
  }
  ::lseek(fd, 0, SEEK_SET);
  if (extents.size() >= kMostExtents) return {};
  if (extents.empty() && size > 0) extents.push_back({size, 0});  // nothing but a hole
  return extents;
}

Status put_file(OpenFile& file, bool growing, TarWriter& tar, Meter* meter) {
  Entry& entry = file.entry;
  if (auto begun = tar.header(entry, file.extents); !begun) return begun;
  Sha256 hash;
  std::string block(static_cast<std::size_t>(std::min<std::int64_t>(entry.size, kBlock)), '\0');
  for (std::int64_t left = entry.size; left > 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(left, kBlock));
    auto got = read_some(file.fd.get(), block.data(), wanted, entry);
    if (!got) return std::unexpected(got.error());
    // The header has promised a size: a file that was cut meanwhile is filled with zeros, and noted.
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(*got),
              block.begin() + static_cast<std::ptrdiff_t>(wanted), '\0');
    const auto piece = std::string_view(block).substr(0, wanted);
    hash.update(piece);
    if (auto put = tar.data(piece); !put) return put;
    count(meter, static_cast<std::int64_t>(wanted), 0);
    left -= static_cast<std::int64_t>(wanted);
  }
  entry.sha256 = hash.hex();
  entry.changed = touched(file.fd.get(), entry, growing);
  return {};
}

}  // namespace steward::backup
