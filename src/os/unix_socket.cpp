#include "os/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace steward {

namespace {

struct Address {
  sockaddr_un name{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Result<Address> address_of(std::string_view path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  if (path.empty() || path.size() > kLongestSocketPath) {
    return fail(Code::invalid, "{} is longer than the {} bytes a socket's path may have", path,
                kLongestSocketPath);
  }
  std::memcpy(address.name.sun_path, path.data(), path.size());
  if (path[0] == '@') address.name.sun_path[0] = '\0';  // an abstract name has no NUL at its end
  address.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1));
  return address;
}

Result<Fd> bound(const std::string& path, int type, mode_t mode) {
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(errno, "cannot make the socket " + path);
  ::unlink(path.c_str());
  if (::bind(fd.get(), address->get(), address->length) != 0 || ::chmod(path.c_str(), mode) != 0) {
    return fail_errno(errno, "cannot make the socket " + path);
  }
  return fd;
}

}  // namespace

Result<Fd> listen_unix(const std::string& path, mode_t mode) {
  auto fd = bound(path, SOCK_STREAM, mode);
  if (fd && ::listen(fd->get(), 64) != 0) return fail_errno(errno, "cannot listen on " + path);
  return fd;
}

Result<Fd> bind_unix_datagram(const std::string& path, mode_t mode) {
  return bound(path, SOCK_DGRAM, mode);
}

Result<uid_t> peer_user(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return fail_errno(errno, "SO_PEERCRED");
  return peer.uid;
}

}  // namespace steward
