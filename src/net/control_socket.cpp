#include "net/control_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "base/json_writer.hpp"
#include "net/line_protocol.hpp"
#include "net/listener.hpp"
#include "net/stream_server.hpp"

namespace steward::net {

namespace {

/// Root and this process's own user; the socket's mode says the same, but not on every file system.
bool may_command(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

std::string control_error(const Error& error) {
  JsonWriter w;
  w.object().field("ok", false).object("error");
  w.field("code", code_name(error.code())).field("message", error.text()).end().end();
  return w.take();
}

Result<ControlServer> ControlServer::open(EventLoop& loop, const Clock& clock, const std::string& path,
                                          ControlHandler handler) {
  auto socket = listen_unix(path);
  if (!socket) return std::unexpected(socket.error());
  const auto shared = std::make_shared<const ControlHandler>(std::move(handler));
  return ControlServer(std::make_unique<StreamServer>(
      loop, clock, std::move(*socket), kMostConnections, [shared, &clock](int fd, bool crowded) {
        auto connection = std::make_unique<LineProtocol>(*shared, clock.mono());
        if (!may_command(fd)) {
          connection->refuse(
              control_error(Error(Code::denied, "only root and the user who runs Steward may ask")));
        } else if (crowded) {
          connection->refuse(
              control_error(Error(Code::unavailable, "16 commands are under way; try again in a moment")));
        }
        return connection;
      }));
}

ControlServer::ControlServer(std::unique_ptr<StreamServer> server) : server_(std::move(server)) {}
ControlServer::ControlServer(ControlServer&&) noexcept = default;
ControlServer& ControlServer::operator=(ControlServer&&) noexcept = default;
ControlServer::~ControlServer() = default;

}  // namespace steward::net
