#include "backup/sources/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "objects/open_store.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr int kDeepest = 128;  // a descriptor each

Result<std::string> link_target(int folder, const std::string& name, const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(folder, name.c_str(), target, sizeof target);
  if (length < 0) return fail_errno(errno, "cannot read the link " + path);
  return std::string(target, static_cast<std::size_t>(length));
}

class Walk {
 public:
  Walk(const Excludes& excludes, const Visitor& visitor) : excludes_(excludes), visitor_(visitor) {}

  Status visit(int folder, const std::string& name, const std::string& path, const std::string& below,
               int depth) {
    if (path.size() > kLongestPath) {
      return fail(Code::invalid, "/{}… has a path of more than {} bytes; exclude {}", path.substr(0, 200),
                  kLongestPath, below.substr(0, below.find('/')));
    }
    struct ::stat info{};
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return gone_or_failed(errno, path);
    Found found{folder, name, entry_of(path, info)};
    if (S_ISLNK(info.st_mode)) {
      auto target = link_target(folder, name, found.absolute());
      if (!target)
        return target.error().code() == Code::not_found ? vanished(path) : std::unexpected(target.error());
      found.entry.target = std::move(*target);
    } else if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
      visitor_.note(found.absolute() + " is a socket, pipe or device and was left out");
      return {};
    }
    if (auto taken = visitor_.found(found); !taken) return taken;
    return S_ISDIR(info.st_mode) ? enter(found, below, depth) : Status{};
  }

 private:
  Status enter(const Found& found, const std::string& below, int depth) {
    if (depth >= kDeepest)
      return fail(Code::invalid, "{} lies more than {} folders deep; exclude it", found.absolute(), kDeepest);
    const Fd folder(
        ::openat(found.folder, found.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return gone_or_failed(errno, found.entry.path);
    auto names = list_folder(Fd(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0)), found.absolute());
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      const std::string inner = below.empty() ? name : below + "/" + name;
      if (excludes_.match(inner, name)) continue;
      const std::string path = found.entry.path + "/" + name;
      if (name == kRestorePart) {
        visitor_.note("/" + path + " is what a killed restore left and was left out");
        continue;
      }
      if (excludes_.in_store(path)) {
        visitor_.note("/" + path + " is where the backups are and was left out");
        continue;
      }
      if (auto done = visit(folder.get(), name, path, inner, depth + 1); !done) return done;
    }
    return {};
  }

  Status gone_or_failed(int error, const std::string& path) {
    if (error == ENOENT || error == ENOTDIR || error == ELOOP) return vanished(path);
    return cannot_read(error, "/" + path);
  }
  Status vanished(const std::string& path) {
    visitor_.note("/" + path + " vanished while the backup ran");
    return {};
  }

  const Excludes& excludes_;
  const Visitor& visitor_;
};

/// What glob(3) passes over: a folder that cannot be listed to its end.
thread_local Status listed;

void* open_to_match(const char* path) {
  DIR* folder = ::opendir(path);
  if (folder == nullptr && errno != ENOENT && errno != ENOTDIR)
    listed = fail_errno(errno, fmt::format("cannot list {}", path));
  return folder;
}

dirent* next_to_match(void* folder) {
  errno = 0;
  dirent* entry = ::readdir(static_cast<DIR*>(folder));
  if (entry == nullptr && errno != 0) listed = fail_errno(errno, "cannot list a folder to its end");
  return entry;
}

Result<std::vector<std::string>> matches_of(const std::string& pattern) {
  glob_t matches{};
  matches.gl_opendir = open_to_match;
  matches.gl_readdir = next_to_match;
  matches.gl_closedir = [](void* folder) { ::closedir(static_cast<DIR*>(folder)); };
  matches.gl_stat = ::stat;
  matches.gl_lstat = ::lstat;
  listed = {};
  const int result = ::glob(pattern.c_str(), GLOB_NOSORT | GLOB_ALTDIRFUNC, nullptr, &matches);
  std::vector<std::string> found;
  for (std::size_t i = 0; result == 0 && i < matches.gl_pathc; ++i) {
    struct ::stat info{};
    const char* path = matches.gl_pathv[i];
    if (::stat(path, &info) != 0 && (errno == ENOENT || errno == ELOOP)) continue;  // a link to nowhere
    auto real = real_path(path);
    if (real) found.push_back(std::move(*real));
    if (!real && real.error().code() != Code::not_found) listed = std::unexpected(real.error());
  }
  ::globfree(&matches);
  if (!listed) return fail(listed.error(), "cannot tell what the source {} matches", pattern);
  return found;
}

}  // namespace

Excludes::Excludes(std::vector<std::string> patterns, std::string_view store)
    : patterns_(std::move(patterns)) {
  const std::string folder = objects::folder_of(store);
  if (!folder.empty()) store_ = real_path(folder).value_or("/").substr(1);
}

bool Excludes::in_store(std::string_view path) const {
  return !store_.empty() && path.starts_with(store_) &&
         (path.size() == store_.size() || path[store_.size()] == '/');
}

bool Excludes::match(const std::string& below, const std::string& name) const {
  return std::ranges::any_of(patterns_, [&](const std::string& pattern) {
    const std::string& text = pattern.find('/') == std::string::npos ? name : below;
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

std::unexpected<Error> cannot_read(int error, const std::string& path) {
  auto failed = fail_errno(error, "cannot read " + path);
  if (error != EACCES) return failed;
  return fail(failed.error().code(), "{}; let this user read it, or exclude it", failed.error().text());
}

Entry entry_of(std::string path, const struct ::stat& info) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = S_ISDIR(info.st_mode)   ? EntryType::folder
               : S_ISLNK(info.st_mode) ? EntryType::link
                                       : EntryType::file;
  entry.mode = info.st_mode & 07777;
  entry.mtime = wall_of(info.st_mtim);
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  if (entry.type != EntryType::file) return entry;
  entry.size = info.st_size;
  entry.ctime = wall_of(info.st_ctim);
  return entry;
}

Result<std::vector<std::string>> roots_of(const std::string& pattern) {
  if (!pattern.starts_with('/')) return fail(Code::invalid, "the source '{}' is no absolute path", pattern);
  std::vector<std::string> found;
  if (auto literal = real_path(pattern)) {
    struct ::stat info{};
    if (::stat(literal->c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
      return fail(
          Code::invalid,
          "the source {} is a socket, pipe or device, which cannot be backed up; name a file or folder",
          pattern);
    }
    found.push_back(std::move(*literal));
  } else if (literal.error().code() != Code::not_found) {
    return fail(literal.error(), "cannot read the source");
  } else {
    auto matches = matches_of(pattern);
    if (!matches) return std::unexpected(matches.error());
    found = std::move(*matches);
  }
  if (found.empty()) return fail(Code::not_found, "the source {} is not there", pattern);
  std::ranges::sort(found);
  std::vector<std::string> roots;
  for (const std::string& path : found) {
    const bool inside = std::ranges::any_of(roots, [&](const std::string& root) {
      return path == root || path.starts_with(root == "/" ? root : root + "/");
    });
    if (!inside) roots.push_back(path);
  }
  return roots;
}

Status walk(const std::string& root, const Excludes& excludes, const Visitor& visitor) {
  if (root == "/") return fail(Code::invalid, "the source / is the whole machine; name folders of it");
  if (excludes.in_store(root.substr(1)))
    return fail(Code::invalid, "the source {} lies in the store that it is to be backed up to; name another",
                root);
  auto parent = open_file(parent_of(root), O_RDONLY | O_DIRECTORY);
  if (!parent) return std::unexpected(parent.error());
  return Walk(excludes, visitor)
      .visit(parent->get(), root.substr(root.rfind('/') + 1), root.substr(1), "", 0);
}

}  // namespace steward::backup
