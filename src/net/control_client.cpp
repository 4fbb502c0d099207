// The command's side of the control socket: blocking, without the event loop.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/control_socket.hpp"
#include "net/listener.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kMostAnswer = 16 << 20;

/// Waits until `fd` is ready or the deadline has passed.
Status wait_ready(int fd, short events, MonoNs deadline, const std::string& path) {
  while (true) {
    const MonoNs left = deadline - SystemClock().mono();
    pollfd one{fd, events, 0};
    const int ready =
        left <= 0 ? 0 : ::poll(&one, 1, static_cast<int>((left + kMillisecond - 1) / kMillisecond));
    if (ready > 0) return {};
    if (ready == 0) return fail(Code::timeout, "no answer from {} in time", path);
    if (errno != EINTR) return fail_errno(errno, "poll");
  }
}

}  // namespace

Result<std::string> ask_control(const std::string& path, std::string_view request, std::int64_t timeout_ns) {
  const MonoNs deadline = SystemClock().mono() + timeout_ns;
  auto socket = connect_unix(path);
  if (!socket) return std::unexpected(socket.error());
  const std::string line = std::string(request) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    if (auto ready = wait_ready(socket->get(), POLLOUT, deadline, path); !ready)
      return std::unexpected(ready.error());
    const ssize_t taken =
        ::send(socket->get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno == EPIPE) break;  // refused: the answer says why
    if (taken < 0 && errno != EAGAIN && errno != EINTR) return fail_errno(errno, "cannot write to " + path);
    if (taken > 0) sent += static_cast<std::size_t>(taken);
  }
  std::string answer;
  char block[16384];
  while (true) {
    if (auto ready = wait_ready(socket->get(), POLLIN, deadline, path); !ready)
      return std::unexpected(ready.error());
    const ssize_t got = ::recv(socket->get(), block, sizeof block, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return fail(Code::unavailable, "{} closed the connection without an answer", path);
    answer.append(block, static_cast<std::size_t>(got));
    if (answer.back() == '\n') {
      answer.pop_back();
      return answer;
    }
    if (answer.size() > kMostAnswer)
      return fail(Code::invalid, "the answer from {} is larger than 16 MiB", path);
  }
}

}  // namespace steward::net
