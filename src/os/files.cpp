#include "os/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace steward {

namespace {

Status replace(const std::string& path, std::string_view bytes, mode_t mode, bool durable) {
  const std::string next = fmt::format("{}.{}.new", path, ::getpid());
  {
    auto file = open_file(next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    if (!file) return std::unexpected(file.error());
    auto written = write_all(file->get(), bytes);
    if (written && ::fchmod(file->get(), mode) != 0)
      written = fail_errno(errno, next);  // whatever the umask says
    if (written && durable && ::fsync(file->get()) != 0) written = fail_errno(errno, "fsync " + next);
    if (!written) {
      ::unlink(next.c_str());
      return fail(written.error(), "cannot write {}", next);
    }
  }
  if (::rename(next.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(next.c_str());
    return fail_errno(error, "cannot rename to " + path);
  }
  return durable ? sync_folder(parent_of(path)) : Status{};
}

}  // namespace

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return fail_errno(errno, "cannot open " + path);
  return Fd(fd);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  std::string content;
  char block[16384];
  while (true) {
    const ssize_t got = ::read(file->get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read " + path);
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > limit)
      return fail(Code::invalid, "{} holds more than the {} bytes that are read", path, limit);
  }
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
  return replace(path, bytes, mode, true);
}

Status swap_file(const std::string& path, std::string_view bytes, mode_t mode) {
  return replace(path, bytes, mode, false);
}

Status sync_folder(const std::string& path) {
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  if (::fsync(folder->get()) != 0) return fail_errno(errno, "fsync " + path);
  return {};
}

Status make_folders(const std::string& path, mode_t mode) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
      return fail_errno(errno, "cannot make the folder " + part);
    if (at == std::string::npos) break;
  }
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(errno, path);
  if (!S_ISDIR(info.st_mode)) return fail(Code::conflict, "{} is not a folder", path);
  return {};
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  return list_folder(std::move(*folder), path);
}

Result<std::vector<std::string>> list_folder(Fd open_folder, const std::string& path) {
  DIR* stream = ::fdopendir(open_folder.get());
  if (stream == nullptr) return fail_errno(errno, "cannot list " + path);
  open_folder.release();
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(stream, &::closedir);
  std::vector<std::string> names;
  while (true) {
    errno = 0;  // which alone tells an error from the end
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno == EINTR) continue;
    if (entry == nullptr && errno != 0) return fail_errno(errno, "cannot list " + path);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::int64_t> file_size(const std::string& path) {
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(errno, path);
  return info.st_size;
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) return fail_errno(errno, path);
  return std::string(real.get());
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace steward
