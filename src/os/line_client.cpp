#include "os/line_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/unix_address.hpp"

namespace steward {

namespace {

/// Waits until `fd` is ready for `events` or the deadline of the monotonic clock has passed.
Status wait_for(int fd, short events, MonoNs deadline, const std::string& path) {
  while (true) {
    const std::int64_t left = deadline - SystemClock().mono();
    if (left <= 0) return fail(Code::timeout, "{} does not answer in time", path);
    ::pollfd entry{fd, events, 0};
    const int milliseconds = static_cast<int>(std::min<std::int64_t>(left / kMillisecond + 1, 60'000));
    const int ready = ::poll(&entry, 1, milliseconds);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  }
}

}  // namespace

Result<LineClient> LineClient::connect(const std::string& path, std::int64_t timeout_ns,
                                       std::size_t longest) {
  const MonoNs deadline = SystemClock().mono() + timeout_ns;
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(errno, "cannot make a socket");
  while (::connect(fd.get(), address->get(), address->size()) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED)
      return fail(Code::unavailable, "nobody answers at {}", path);
    if (errno != EAGAIN) return fail_errno(errno, "cannot connect to " + path);
    // The backlog is full, and unix sockets have no event for its end: look again soon.
    if (SystemClock().mono() >= deadline)
      return fail(Code::timeout, "{} accepts no connection in time", path);
    ::poll(nullptr, 0, 10);
  }
  return LineClient(std::move(fd), path, longest);
}

Status LineClient::send(std::string_view line, std::int64_t timeout_ns) {
  const MonoNs deadline = SystemClock().mono() + timeout_ns;
  const std::string text = std::string(line) + '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t put = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (put >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(fd_.get(), POLLOUT, deadline, path_); !ready) return ready;
    } else if (errno != EINTR) {
      return fail(Code::unavailable, "{} closed the connection: {}", path_, std::strerror(errno));
    }
  }
  return {};
}

Result<std::string> LineClient::receive(std::int64_t timeout_ns) {
  const MonoNs deadline = SystemClock().mono() + timeout_ns;
  std::size_t searched = 0;
  while (true) {
    if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    searched = buffer_.size();
    if (searched > longest_)
      return fail(Code::corrupt, "{} answered with a line of more than {} bytes", path_, longest_);
    char block[16'384];
    const ssize_t got = ::recv(fd_.get(), block, sizeof block, 0);
    if (got > 0) {
      buffer_.append(block, static_cast<std::size_t>(got));
    } else if (got == 0 || errno == ECONNRESET) {
      return fail(Code::unavailable, "{} closed the connection", path_);
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(fd_.get(), POLLIN, deadline, path_); !ready)
        return std::unexpected(ready.error());
    } else if (errno != EINTR) {
      return fail_errno(errno, "cannot read from " + path_);
    }
  }
}

}  // namespace steward
