#include "objects/directory_walk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "os/files.hpp"

namespace steward::objects {

namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Status make_folder(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), 0755) == 0) {
    if (::fsync(parent) != 0) return fail_errno(errno, "fsync of the folder above " + name);
    return {};
  }
  if (errno != EEXIST) return fail_errno(errno, "cannot make the folder " + name);
  return {};
}

/// One listing under way.
class Walk {
 public:
  Walk(std::string_view prefix, std::string_view after, std::size_t most)
      : prefix_(prefix), after_(after), most_(most) {}

  Status folder(int parent, const std::string& name, const std::string& path);
  ObjectPage take() { return std::move(page_); }

 private:
  /// Whether keys that begin with `path` (which ends in '/') can be in the page.
  bool may_hold(std::string_view path) const {
    const auto common = std::min(path.size(), prefix_.size());
    if (path.substr(0, common) != prefix_.substr(0, common)) return false;
    return after_.starts_with(path) || path > after_;
  }
  void file(const std::string& key, const struct ::stat& info) {
    if (!key.starts_with(prefix_) || key <= after_ || !check_key(key)) return;
    page_.more = page_.objects.size() == most_;
    if (!page_.more) page_.objects.push_back(info_of(key, info));
  }

  std::string_view prefix_;
  std::string_view after_;
  std::size_t most_;
  ObjectPage page_;
};

struct Entry {
  std::string name;  ///< a folder's with '/', so that names sort as keys do
  struct ::stat info;
};

Result<std::vector<Entry>> entries_of(int folder, const std::string& path) {
  auto names = list_folder(Fd(::fcntl(folder, F_DUPFD_CLOEXEC, 0)), path.empty() ? "the folder" : path);
  if (!names) return std::unexpected(names.error());
  std::vector<Entry> entries;
  for (std::string& name : *names) {
    Entry next{std::move(name), {}};
    if (::fstatat(folder, next.name.c_str(), &next.info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // just gone
      return fail_errno(errno, "cannot look at " + path + next.name);
    }
    if (S_ISDIR(next.info.st_mode)) next.name.push_back('/');
    if (S_ISDIR(next.info.st_mode) || S_ISREG(next.info.st_mode)) entries.push_back(std::move(next));
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

Status Walk::folder(int parent, const std::string& name, const std::string& path) {
  const Fd own(::openat(parent, name.c_str(), kFolder));
  if (!own && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return {};  // gone meanwhile
  if (!own) return fail_errno(errno, "cannot list " + (path.empty() ? "the folder" : path));
  const auto entries = entries_of(own.get(), path);
  if (!entries) return std::unexpected(entries.error());
  for (const Entry& entry : *entries) {
    const std::string key = path + entry.name;
    if (page_.more) return {};
    if (!S_ISDIR(entry.info.st_mode)) {
      file(key, entry.info);
    } else if (may_hold(key) && check_prefix(key)) {
      if (Status good = folder(own.get(), entry.name.substr(0, entry.name.size() - 1), key); !good)
        return good;
    }
  }
  return {};
}

}  // namespace

Result<Fd> enter_parent(int root, std::string_view key, bool make) {
  Fd folder(::openat(root, ".", kFolder));
  if (!folder) return fail_errno(errno, "cannot open the store's folder");
  for (auto slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/')) {
    const std::string name(key.substr(0, slash));
    key.remove_prefix(slash + 1);
    if (make) {
      if (Status made = make_folder(folder.get(), name); !made) return std::unexpected(made.error());
    }
    Fd next(::openat(folder.get(), name.c_str(), kFolder));
    if (!next && errno == ENOTDIR)
      return fail(make ? Code::conflict : Code::not_found, "{} is a file or a link, not a folder", name);
    if (!next) return fail_errno(errno, "cannot enter the folder " + name);
    folder = std::move(next);
  }
  return folder;
}

std::string leaf_of(std::string_view key) {
  const auto slash = key.rfind('/');
  return std::string(slash == std::string_view::npos ? key : key.substr(slash + 1));
}

ObjectInfo info_of(std::string_view key, const struct ::stat& file) {
  const WallNs modified = wall_of(file.st_mtim);
  return {.key = std::string(key),
          .size = file.st_size,
          .etag = fmt::format("{:x}-{:x}-{:x}", file.st_ino, file.st_size, modified),
          .modified = modified};
}

Result<ObjectPage> walk(int root, std::string_view prefix, std::string_view after, std::size_t most) {
  Walk walk(prefix, after, most);
  if (Status good = walk.folder(root, ".", ""); !good) return std::unexpected(good.error());
  return walk.take();
}

}  // namespace steward::objects
