#include "objects/directory_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/ulid.hpp"
#include "objects/directory_identity.hpp"
#include "objects/directory_walk.hpp"
#include "os/files.hpp"
#include "os/write_behind.hpp"

namespace steward::objects {

namespace {

constexpr mode_t kFileMode = 0640;

std::string key_file(const std::string& upload) {
  return upload + ".key";
}

Status set_modified(int folder, const std::string& name, WallNs time) {
  const timespec times[2] = {timespec_of(time), timespec_of(time)};
  if (::utimensat(folder, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) return fail_errno(errno, name);
  const Fd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return fail_errno(errno, "fsync " + name);
  return {};
}

std::string small_file(int folder, const std::string& name) {
  const Fd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  char text[1024];
  const ssize_t got = file ? ::read(file.get(), text, sizeof text) : 0;
  return {text, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

/// What is under the key now; nothing when there is no file.
Result<ObjectInfo> look(int parent, std::string_view key) {
  struct ::stat file{};
  if (::fstatat(parent, leaf_of(key).c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, std::string(key));
  if (S_ISREG(file.st_mode)) return info_of(key, file);
  return fail(Code::conflict, "{}: is a folder, a link or a special file, not an object", key);
}

std::unexpected<Error> not_entered(const Error& error, const std::string& name) {
  return fail(error, "{}: {}", name,
              error.code() == Code::not_found ? "no such object" : "cannot be reached");
}

Status judge(const Result<ObjectInfo>& old, const std::string& name, const PutOptions& options) {
  if (!old && old.error().code() != Code::not_found) return std::unexpected(old.error());
  if (options.if_absent && old) return fail(Code::conflict, "{}: exists already", name);
  if (!options.if_match.empty() && (!old || old->etag != options.if_match))
    return fail(Code::conflict, "{}: is not the expected version", name);
  return {};
}

}  // namespace

/// Writes ROOT/.steward-store/uploads/ULID; ULID.key says for which key.
class DirectoryWriter final : public ObjectWriter {
 public:
  DirectoryWriter(const DirectoryStore& store, std::string key, WriteOptions options)
      : store_(store), key_(std::move(key)), options_(std::move(options)) {}

  Status begin() {
    const int folder = store_.uploads_.get();
    SystemRandom random;
    const bool resumes = is_ulid(options_.resume) && small_file(folder, key_file(options_.resume)) == key_;
    id_ = resumes ? options_.resume : make_ulid(SystemClock().wall(), random);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    const Fd name(::openat(folder, key_file(id_).c_str(), kFlags, kFileMode));
    file_ = Fd(name ? ::openat(folder, id_.c_str(), kFlags, kFileMode) : -1);
    Status begun =
        file_ ? write_all(name.get(), key_) : fail_errno(errno, store_.place() + ": cannot begin an upload");
    if (!begun) static_cast<void>(store_.discard(id_));
    return begun;
  }

  Status write(std::string_view bytes) override {
    if (Status good = write_all(file_.get(), bytes); !good)
      return fail(good.error(), "cannot write {}", store_.name_of(key_));
    size_ += static_cast<std::int64_t>(bytes.size());
    behind_.written(file_.get(), size_);
    return {};
  }

  Result<ObjectInfo> finish() override {
    const timespec now[2] = {timespec_of(SystemClock().wall()), timespec_of(SystemClock().wall())};
    if (::futimens(file_.get(), now) != 0 || ::fsync(file_.get()) != 0)
      return fail_errno(errno, "fsync of " + store_.name_of(key_));
    return store_.commit(id_, key_, options_);
  }

  Status abort() override { return store_.discard(id_); }
  std::string upload_id() const override { return id_; }

 private:
  const DirectoryStore& store_;
  std::string key_;
  WriteOptions options_;
  std::string id_;
  Fd file_;
  std::int64_t size_ = 0;
  WriteBehind behind_;
};

Result<std::unique_ptr<ObjectStore>> DirectoryStore::open(const std::string& root, bool existing) {
  Status made = existing ? Status{} : make_folders(fmt::format("{}/{}", root, kStoreFolder), 0750);
  if (!made) return std::unexpected(made.error());
  auto folder = open_file(root, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  // From here on it is this folder, whatever is mounted over it.
  const auto own = open_own(folder->get(), "file://" + root);
  if (!own) return std::unexpected(own.error());
  if (::mkdirat(own->get(), "uploads", 0750) != 0 && errno != EEXIST)
    return fail_errno(errno, "cannot make the folder of uploads in file://" + root);
  Fd uploads(::openat(own->get(), "uploads", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!uploads) return fail_errno(errno, "cannot open the folder of uploads in file://" + root);
  auto store =
      std::unique_ptr<DirectoryStore>(new DirectoryStore(root, std::move(*folder), std::move(uploads)));
  if (Status known = store->identify(own->get()); !known)
    return fail(known.error(), "cannot open the store file://{}", root);
  return store;
}

Result<std::unique_ptr<ObjectStore>> DirectoryStore::open_to_read(const std::string& root, bool existing) {
  auto folder = open_file(root, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().code() == Code::not_found)
    return fail(Code::not_found, "nothing is in file://{}: there is no such folder", root);
  if (!folder) return std::unexpected(folder.error());
  const auto own = open_own(folder->get(), "file://" + root);
  if (!own && existing && own.error().code() == Code::not_found) return std::unexpected(own.error());
  auto store = std::unique_ptr<DirectoryStore>(new DirectoryStore(root, std::move(*folder), Fd()));
  // What cannot be read keeps nobody from reading the rest.
  if (own) store->identity_ = read_identity(own->get()).value_or("");
  return store;
}

Status DirectoryStore::identify(int own) {
  auto id = read_identity(own);
  if (id && id->empty()) {
    const auto locked = lock();
    if (!locked) return std::unexpected(locked.error());
    id = read_identity(own);  // another process may have been quicker
    if (id && id->empty()) {
      SystemRandom random;
      id = make_ulid(SystemClock().wall(), random);
      if (Status put = write_identity(own, *id); !put) return put;
    }
  }
  if (!id) return std::unexpected(id.error());
  identity_ = std::move(*id);
  return {};
}

Status DirectoryStore::still_there() const {
  struct ::stat opened{}, now{};
  const bool same = ::fstat(folder_.get(), &opened) == 0 && ::stat(root_.c_str(), &now) == 0 &&
                    opened.st_dev == now.st_dev && opened.st_ino == now.st_ino;
  if (same) return {};
  return fail(Code::unavailable,
              "{} is another folder than the one that was opened: a disk was mounted or unmounted there, or "
              "the folder was replaced",
              place());
}

Result<Fd> DirectoryStore::lock() const {
  Fd file(::openat(uploads_.get(), "../lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file) return fail_errno(errno, place() + ": cannot open the lock");
  // Held for a rename and an fsync: nobody keeps it longer.
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(errno, place() + ": cannot lock");
  }
  if (Status same = still_there(); !same) return std::unexpected(same.error());
  return file;
}

Result<ObjectInfo> DirectoryStore::commit(const std::string& name, std::string_view key,
                                          const PutOptions& options) const {
  const auto locked = lock();
  if (!locked) return std::unexpected(locked.error());
  const auto parent = enter_parent(folder_.get(), key, true);
  if (!parent) return fail(parent.error(), "{}: cannot be written", name_of(key));
  const auto old = look(parent->get(), key);
  if (Status good = judge(old, name_of(key), options); !good) return std::unexpected(good.error());
  struct ::stat fresh{};
  if (::fstatat(uploads_.get(), name.c_str(), &fresh, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, name_of(key) + ": its upload was aborted");
  if (old && info_of(key, fresh).modified <= old->modified) {
    if (Status set = set_modified(uploads_.get(), name, old->modified + 1); !set)
      return std::unexpected(set.error());
  }
  if (::renameat(uploads_.get(), name.c_str(), parent->get(), leaf_of(key).c_str()) != 0)
    return fail_errno(errno, name_of(key) + ": cannot rename to it");
  if (::fsync(parent->get()) != 0) return fail_errno(errno, name_of(key) + ": fsync of its folder");
  ::unlinkat(uploads_.get(), key_file(name).c_str(), 0);
  return look(parent->get(), key);
}

Result<std::unique_ptr<ObjectWriter>> DirectoryStore::create(std::string_view key,
                                                             const WriteOptions& options) {
  if (Status good = check_put(key, options); !good) return std::unexpected(good.error());
  auto writer = std::make_unique<DirectoryWriter>(*this, std::string(key), options);
  if (Status begun = writer->begin(); !begun) return std::unexpected(begun.error());
  return writer;
}

Result<ObjectInfo> DirectoryStore::put(std::string_view key, std::string_view bytes,
                                       const PutOptions& options) {
  auto writer = create(key, WriteOptions{options, {}});
  if (!writer) return std::unexpected(writer.error());
  Result<ObjectInfo> info = fail(Code::internal, "not written");
  if (Status written = (*writer)->write(bytes); written) {
    info = (*writer)->finish();
  } else {
    info = std::unexpected(written.error());
  }
  if (!info) static_cast<void>((*writer)->abort());
  return info;
}

Result<ObjectInfo> DirectoryStore::head(std::string_view key) {
  if (Status good = check_key(key); !good) return std::unexpected(good.error());
  const auto parent = enter_parent(folder_.get(), key, false);
  if (!parent) return not_entered(parent.error(), name_of(key));
  auto info = look(parent->get(), key);
  if (!info && info.error().code() == Code::conflict)
    return fail(Code::not_found, "{}: is no object", name_of(key));
  return info;
}

Result<std::string> DirectoryStore::read(std::string_view key, std::int64_t offset, std::int64_t length,
                                         std::string_view etag) {
  for (const Status& good : {check_key(key), check_range(offset, length)}) {
    if (!good) return std::unexpected(good.error());
  }
  const auto parent = enter_parent(folder_.get(), key, false);
  if (!parent) return not_entered(parent.error(), name_of(key));
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Fd file(::openat(parent->get(), leaf_of(key).c_str(), kFlags));
  struct ::stat info{};
  if (!file && errno != ELOOP) return fail_errno(errno, name_of(key));
  if (file && ::fstat(file.get(), &info) != 0) return fail_errno(errno, name_of(key));
  if (!file || !S_ISREG(info.st_mode)) return fail(Code::not_found, "{}: is no object", name_of(key));
  if (!etag.empty() && info_of(key, info).etag != etag)
    return fail(Code::conflict, "{}: was replaced", name_of(key));
  const auto wanted = std::clamp<std::int64_t>(info.st_size - offset, 0, length);
  std::string bytes(static_cast<std::size_t>(wanted), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got =
        ::pread(file.get(), bytes.data() + at, bytes.size() - at, offset + static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read " + name_of(key));
    if (got == 0) return fail(Code::corrupt, "{}: became shorter while it was read", name_of(key));
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<ObjectPage> DirectoryStore::list(std::string_view prefix, std::string_view after, int most) {
  if (Status good = check_prefix(prefix); !good) return std::unexpected(good.error());
  auto page = walk(folder_.get(), prefix, after, static_cast<std::size_t>(std::clamp(most, 1, 1000)));
  if (!page) return fail(page.error(), "the store {}", place());
  return page;
}

Status DirectoryStore::remove(std::string_view key) {
  if (Status good = check_key(key); !good) return good;
  const auto locked = lock();
  if (!locked) return std::unexpected(locked.error());
  auto parent = enter_parent(folder_.get(), key, false);
  if (!parent) return parent.error().code() == Code::not_found ? Status{} : std::unexpected(parent.error());
  if (auto info = look(parent->get(), key); !info) {
    const Code why = info.error().code();
    if (why == Code::not_found || why == Code::conflict) return {};  // there is no such object
    return fail(info.error(), "cannot remove {}", name_of(key));
  }
  if (::unlinkat(parent->get(), leaf_of(key).c_str(), 0) != 0 && errno != ENOENT)
    return fail_errno(errno, "cannot remove " + name_of(key));
  if (::fsync(parent->get()) != 0) return fail_errno(errno, name_of(key) + ": fsync of its folder");
  // Folders that hold nothing any more go too, as they are nothing in a store.
  for (auto slash = key.rfind('/'); slash != std::string_view::npos; slash = key.rfind('/')) {
    key = key.substr(0, slash);
    parent = enter_parent(folder_.get(), key, false);
    if (!parent || ::unlinkat(parent->get(), leaf_of(key).c_str(), AT_REMOVEDIR) != 0) break;
  }
  return {};
}

Result<std::vector<Upload>> DirectoryStore::uploads(std::string_view prefix) {
  if (Status good = check_prefix(prefix); !good) return std::unexpected(good.error());
  const auto names = list_folder(root_ + "/" + std::string(kStoreFolder) + "/uploads");
  if (!names) return std::unexpected(names.error());
  std::vector<Upload> all;
  for (const std::string& name : *names) {
    struct ::stat file{};
    if (!name.ends_with(".key") || ::fstatat(uploads_.get(), name.c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    std::string key = small_file(uploads_.get(), name);
    if (!key.starts_with(prefix)) continue;
    all.push_back({std::move(key), name.substr(0, name.size() - 4), info_of(name, file).modified});
  }
  return all;
}

Status DirectoryStore::abort(const Upload& upload) {
  if (!is_ulid(upload.id)) return fail(Code::invalid, "{}: {:?} is no upload's id", place(), upload.id);
  return discard(upload.id);
}

Status DirectoryStore::discard(const std::string& id) const {
  for (const std::string& name : {id, key_file(id)}) {
    if (::unlinkat(uploads_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      return fail_errno(errno, place() + ": cannot remove " + name);
  }
  return {};
}

}  // namespace steward::objects
