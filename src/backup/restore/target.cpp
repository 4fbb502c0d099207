#include "backup/restore/target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr const char* kPart = kRestorePart;

std::string leaf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

Result<Target> Target::open(const std::string& path) {
  if (auto made = make_folders(path, 0700); !made) return std::unexpected(made.error());
  auto root = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!root) return std::unexpected(root.error());
  return Target(path, std::move(*root));
}

Target::~Target() {
  drop_file();
}

void Target::drop_file() {
  if (!file_) return;
  file_.reset();
  ::unlinkat(folder_.get(), kPart, 0);
}

Result<bool> Target::empty() const {
  auto names = list_folder(path_);
  if (!names) return std::unexpected(names.error());
  return names->empty();
}

Result<std::int64_t> Target::free_bytes() const {
  struct ::statvfs disk{};
  if (::fstatvfs(root_.get(), &disk) != 0) return fail_errno(errno, path_);
  return static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize);
}

Status Target::enter(const std::string& folder) {
  if (folder_ && entered_ == folder) return {};
  Fd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  for (std::size_t begin = 0; begin < folder.size();) {
    const auto end = std::min(folder.find('/', begin), folder.size());
    const std::string part = folder.substr(begin, end - begin);
    if (::mkdirat(at.get(), part.c_str(), 0700) != 0 && errno != EEXIST)
      return fail_errno(errno, "cannot make the folder " + name_of(folder.substr(0, end)));
    const int next = ::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && (errno == ELOOP || errno == ENOTDIR)) {
      return fail(Code::conflict, "{} is no folder, and a restore follows no link; move it away",
                  name_of(folder.substr(0, end)));
    }
    if (next < 0) return fail_errno(errno, "cannot enter " + name_of(folder.substr(0, end)));
    at.reset(next);
    begin = end + 1;
  }
  folder_ = std::move(at);
  entered_ = folder;
  return {};
}

Result<int> Target::parent(const std::string& path) {
  const auto slash = path.rfind('/');
  if (auto entered = enter(slash == std::string::npos ? "" : path.substr(0, slash)); !entered)
    return std::unexpected(entered.error());
  return folder_.get();
}

Status Target::begin_file(const std::string& path) {
  drop_file();
  auto folder = parent(path);
  if (!folder) return std::unexpected(folder.error());
  behind_.begin();
  end_ = 0;
  const auto make = [&] {
    return ::openat(*folder, kPart, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  };
  file_.reset(make());
  if (!file_ && errno == EEXIST && ::unlinkat(*folder, kPart, 0) == 0)
    file_.reset(make());  // a killed restore's
  return file_ ? Status{} : fail_errno(errno, "cannot write " + name_of(path));
}

Status Target::write(std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno(errno, "cannot write into " + name_of(entered_));
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += put;
  }
  end_ = std::max(end_, offset);
  behind_.written(file_.get(), offset);
  return {};
}

Status Target::keep_file(const Entry& entry, bool owner) {
  const int fd = file_.get();
  const timespec times[2] = {timespec_of(entry.mtime), timespec_of(entry.mtime)};
  // Mode after owner: chown takes the set-user-id bit away.
  if ((end_ != entry.size && ::ftruncate(fd, entry.size) != 0) ||
      (owner && ::fchown(fd, entry.uid, entry.gid) != 0) || ::fchmod(fd, entry.mode) != 0 ||
      ::futimens(fd, times) != 0)
    return fail_errno(errno, "cannot finish " + name_of(entry.path));
  if (::renameat(folder_.get(), kPart, folder_.get(), leaf(entry.path).c_str()) != 0)
    return fail_errno(errno, "cannot rename to " + name_of(entry.path));
  file_.reset();
  return {};
}

Status Target::make_folder(const std::string& path) {
  return enter(path);
}

Status Target::make_link(const Entry& entry, bool owner) {
  auto folder = parent(entry.path);
  if (!folder) return std::unexpected(folder.error());
  ::unlinkat(*folder, kPart, 0);
  const std::string name = leaf(entry.path);
  const timespec times[2] = {timespec_of(entry.mtime), timespec_of(entry.mtime)};
  if (::symlinkat(entry.target.c_str(), *folder, kPart) != 0 ||
      (owner && ::fchownat(*folder, kPart, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) ||
      ::utimensat(*folder, kPart, times, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::renameat(*folder, kPart, *folder, name.c_str()) != 0) {
    const int error = errno;
    ::unlinkat(*folder, kPart, 0);
    return fail_errno(error, "cannot make the link " + name_of(entry.path));
  }
  return {};
}

Status Target::finish_folder(const Entry& entry, bool owner) {
  if (auto entered = enter(entry.path); !entered) return entered;
  const timespec times[2] = {timespec_of(entry.mtime), timespec_of(entry.mtime)};
  if ((owner && ::fchown(folder_.get(), entry.uid, entry.gid) != 0) ||
      ::fchmod(folder_.get(), entry.mode) != 0 || ::futimens(folder_.get(), times) != 0)
    return fail_errno(errno, "cannot finish " + name_of(entry.path));
  return {};
}

Result<Fd> Target::open_file_at(const std::string& path, int flags) {
  auto folder = parent(path);
  if (!folder) return std::unexpected(folder.error());
  Fd file(::openat(*folder, leaf(path).c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file) return fail_errno(errno, "cannot open " + name_of(path));
  return file;
}

Status Target::remove(const std::string& path) {
  auto folder = parent(path);
  if (!folder) return std::unexpected(folder.error());
  if (::unlinkat(*folder, leaf(path).c_str(), 0) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, "cannot remove " + name_of(path));
}

Status Target::sync() const {
  if (::syncfs(root_.get()) != 0) return fail_errno(errno, "cannot write to the disk of " + path_);
  return {};
}

}  // namespace steward::backup
