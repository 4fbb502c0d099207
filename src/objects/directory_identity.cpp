#include "objects/directory_identity.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/ulid.hpp"
#include "objects/directory_walk.hpp"
#include "os/files.hpp"

namespace steward::objects {

Result<std::string> read_identity(int own) {
  const Fd file(::openat(own, "id", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::string();
  char text[64];
  const ssize_t got = file ? ::read(file.get(), text, sizeof text) : -1;
  if (got < 0) return fail_errno(errno, "cannot read .steward-store/id");
  std::string id(text, static_cast<std::size_t>(got));
  if (id.ends_with('\n')) id.pop_back();
  if (is_ulid(id)) return id;
  return fail(
      Code::corrupt,
      ".steward-store/id is damaged; remove it, and the store is taken for another one that begins anew");
}

Status write_identity(int own, const std::string& id) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const Fd file(::openat(own, "id.new", kFlags, 0640));
  if (!file) return fail_errno(errno, "cannot make .steward-store/id");
  if (Status put = write_all(file.get(), id + "\n"); !put) return put;
  if (::fsync(file.get()) != 0 || ::renameat(own, "id.new", own, "id") != 0 || ::fsync(own) != 0)
    return fail_errno(errno, "cannot make .steward-store/id");
  return {};
}

Result<Fd> open_own(int root, const std::string& place) {
  Fd own(::openat(root, kStoreFolder.data(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (own) return own;
  if (errno == ENOENT) return fail(Code::not_found, "{} holds no store", place);
  return fail_errno(errno, fmt::format("{}/{}", place, kStoreFolder));
}

}  // namespace steward::objects
