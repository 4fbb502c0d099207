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

/// Gives what a file holds to the tar, and hashes it on the way.
class Content {
 public:
  Content(const OpenFile& file, TarWriter& tar, Meter* meter) : file_(file), tar_(tar), meter_(meter) {}

  /// Of a hole nothing is read: the header has promised that nothing is there.
  Status hole(std::int64_t size) {
    block_.assign(static_cast<std::size_t>(std::min<std::int64_t>(size, kBlock)), '\0');
    while (size > 0) {
      if (auto put = give(std::min<std::int64_t>(size, kBlock)); !put) return put;
      size -= std::min<std::int64_t>(size, kBlock);
    }
    return {};
  }

  Status read(Extent extent) {
    block_.resize(static_cast<std::size_t>(std::min<std::int64_t>(extent.length, kBlock)));
    while (extent.length > 0) {
      const auto wanted = std::min<std::int64_t>(extent.length, kBlock);
      if (auto read = fill(extent.offset, static_cast<std::size_t>(wanted)); !read) return read;
      if (auto put = give(wanted); !put) return put;
      extent.offset += wanted, extent.length -= wanted;
    }
    return {};
  }

  std::string sha256() { return hash_.hex(); }

 private:
  Status fill(std::int64_t offset, std::size_t size) {
    std::size_t got = 0;
    while (got < size) {
      const ssize_t part =
          ::pread(file_.fd.get(), block_.data() + got, size - got, offset + static_cast<std::int64_t>(got));
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) return fail_errno(errno, "cannot read /" + file_.entry.path);
      if (part == 0) break;
      got += static_cast<std::size_t>(part);
    }
    // The header has promised a size: a file that was cut meanwhile is filled with zeros, and noted.
    std::fill(block_.begin() + static_cast<std::ptrdiff_t>(got),
              block_.begin() + static_cast<std::ptrdiff_t>(size), '\0');
    return {};
  }

  Status give(std::int64_t size) {
    const auto piece = std::string_view(block_).substr(0, static_cast<std::size_t>(size));
    hash_.update(piece);
    count(meter_, size, 0);
    return tar_.data(piece);
  }

  const OpenFile& file_;
  TarWriter& tar_;
  Meter* meter_;
  Sha256 hash_;
  std::string block_;
};

bool touched(int fd, const Entry& entry, bool growing) {
  struct ::stat info{};
  if (::fstat(fd, &info) != 0) return true;
  const Entry now = entry_of(entry.path, info);
  if (growing) return now.size < entry.size;
  char first = 0;
  if (entry.size == 0 && ::pread(fd, &first, 1, 0) > 0) return true;  // as of /proc, whose files say 0 bytes
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
  Content content(file, tar, meter);
  std::int64_t at = 0;
  for (const Extent& extent : file.extents.empty() ? std::vector<Extent>{{0, entry.size}} : file.extents) {
    if (auto put = content.hole(extent.offset - at); !put) return put;
    if (auto put = content.read(extent); !put) return put;
    at = extent.offset + extent.length;
  }
  if (auto put = content.hole(entry.size - at); !put) return put;
  entry.sha256 = content.sha256();
  entry.changed = touched(file.fd.get(), entry, growing);
  return {};
}

}  // namespace steward::backup
