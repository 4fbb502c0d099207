#include "net/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/clock.hpp"
#include "net/port_holder.hpp"
#include "os/line_client.hpp"
#include "os/unix_address.hpp"

namespace steward::net {

namespace {

constexpr int kBacklog = 128;
constexpr int kPortsTried = 20;

Result<Fd> bind_tcp(const Endpoint& endpoint) {
  sockaddr_storage address{};
  const socklen_t size = socket_address(endpoint, address);
  Fd socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno(errno, "cannot make a socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on,
               sizeof on);  // not to wait for TIME_WAIT after a restart
  if (endpoint.v6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    if (errno == EADDRINUSE) return fail(Code::conflict, "{} is in use", endpoint.text());
    return fail_errno(errno, fmt::format("cannot listen on {}", endpoint.text()));
  }
  return socket;
}

/// The next port on which one could listen.
std::uint16_t free_port_after(Endpoint endpoint) {
  for (int i = 0; i < kPortsTried && endpoint.port < 65535; ++i) {
    ++endpoint.port;
    if (bind_tcp(endpoint)) return endpoint.port;
  }
  return endpoint.port;
}

std::unexpected<Error> port_taken(const Endpoint& endpoint, std::string_view section) {
  const auto holder = find_port_holder(endpoint.port);
  const std::string who = holder ? fmt::format("held by process {} ({})", holder->pid, holder->command)
                                 : "held by another process (whose, only root can see)";
  Endpoint other = endpoint;
  other.port = free_port_after(endpoint);
  return fail(Code::conflict,
              "{} is in use, {}; stop that process, or write in steward.toml:\n[{}]\nlisten = \"{}\"",
              endpoint.text(), who, section, other.text());
}

}  // namespace

Result<Fd> listen_tcp(const Endpoint& endpoint, std::string_view section) {
  auto socket = bind_tcp(endpoint);
  if (!socket && socket.error().code() == Code::conflict) return port_taken(endpoint, section);
  return socket;
}

Status check_exposure(const Endpoint& endpoint, bool read_only_public, std::string_view section) {
  if (endpoint.loopback() || read_only_public) return {};
  Endpoint local = endpoint;
  local.host = endpoint.v6 ? "::1" : "127.0.0.1";
  return fail(Code::denied,
              "[{}] listen = \"{}\" is reached from other machines and nobody signs in there; write listen = "
              "\"{}\", or "
              "read_only_public = true to let all of them read",
              section, endpoint.text(), local.text());
}

Result<Fd> listen_unix(const std::string& path) {
  if (LineClient::connect(path, kSecond))
    return fail(Code::conflict, "another process already listens on {}", path);
  auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno(errno, "cannot make a socket");
  ::unlink(path.c_str());
  // fchmod before bind gives the file its mode from the first instant (unix(7)), whatever the umask.
  if (::fchmod(socket.get(), 0600) != 0 || ::bind(socket.get(), address->get(), address->size()) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(socket.get(), kBacklog) != 0) {
    return fail_errno(errno, "cannot listen on " + path);
  }
  return socket;
}

}  // namespace steward::net
