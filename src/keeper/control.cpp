#include "keeper/control.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/words.hpp"
#include "os/files.hpp"
#include "os/unix_socket.hpp"

namespace steward::keeper {

namespace {

constexpr std::size_t kMostConnections = 64;
constexpr std::size_t kMostRequest = 64 << 10;
constexpr std::size_t kMostUnread = 8 << 20;

}  // namespace

std::string answer_of(const Status& status) {
  if (status) return "ok\n";
  return fmt::format("error {} {}\n", code_name(status.error().code()), escape_word(status.error().text()));
}

ControlServer::~ControlServer() {
  for (const auto& [fd, connection] : connections_) loop_.forget(fd);
  if (listener_) loop_.forget(listener_.get());
}

Status ControlServer::listen(Fd listener) {
  listener_ = std::move(listener);
  return loop_.watch(listener_.get(), EPOLLIN, [this](auto) { accept(); });
}

void ControlServer::accept() {
  for (std::size_t i = 0; i < kMostConnections; ++i) {
    if (!accept_one()) return;
  }
}

/// False when there is none to accept, or it cannot be had.
bool ControlServer::accept_one() {
  Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd && (errno == EMFILE || errno == ENFILE)) {
    // Level-triggered: give one up, or the loop would turn on this socket for ever.
    make_room();
    return false;
  }
  if (!fd) return false;
  const auto user = peer_user(fd.get());
  if (!user || (*user != 0 && *user != ::geteuid())) return true;
  if (connections_.size() >= kMostConnections) make_room();
  const int number = fd.get();
  auto connection = std::make_unique<Connection>();
  connection->fd = std::move(fd);
  connection->last_used = ++uses_;
  if (loop_.watch(number, EPOLLIN, [this, number](std::uint32_t events) { ready(number, events); })) {
    connections_[number] = std::move(connection);
  }
  return true;
}

void ControlServer::make_room() {
  const auto oldest =
      std::ranges::min_element(connections_, {}, [](const auto& entry) { return entry.second->last_used; });
  if (oldest != connections_.end()) drop(oldest->first);
}

void ControlServer::drop(int fd) {
  loop_.forget(fd);
  connections_.erase(fd);
}

void ControlServer::ready(int fd, std::uint32_t events) {
  Connection& connection = *connections_.at(fd);
  connection.last_used = ++uses_;
  bool good = (events & EPOLLERR) == 0;
  if (good && (events & (EPOLLIN | EPOLLHUP)) != 0) good = take_input(connection);
  good = send(connection) && good;
  if (!good) {
    drop(fd);
    return;
  }
  loop_.change(fd, connection.out.empty() ? EPOLLIN : static_cast<std::uint32_t>(EPOLLIN | EPOLLOUT));
}

/// False when the connection is over.
bool ControlServer::take_input(Connection& connection) {
  char block[16 << 10];
  const ssize_t got = ::read(connection.fd.get(), block, sizeof block);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  connection.in.append(block, static_cast<std::size_t>(got));
  return answer_lines(connection);
}

bool ControlServer::answer_lines(Connection& connection) {
  std::size_t begin = 0;
  for (auto end = connection.in.find('\n'); end != std::string::npos; end = connection.in.find('\n', begin)) {
    const auto words = split_words(std::string_view(connection.in).substr(begin, end - begin));
    connection.out += words ? handler_(*words) : answer_of(std::unexpected(words.error()));
    begin = end + 1;
    if (connection.out.size() > kMostUnread) return false;
  }
  connection.in.erase(0, begin);
  if (connection.in.size() <= kMostRequest) return true;
  connection.out += answer_of(fail(Code::invalid, "a request is longer than {} bytes", kMostRequest));
  return false;
}

bool ControlServer::send(Connection& connection) {
  while (!connection.out.empty()) {
    const ssize_t sent = ::send(connection.fd.get(), connection.out.data(), connection.out.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void ControlServer::flush() {
  for (const auto& [fd, connection] : connections_) send(*connection);
}

}  // namespace steward::keeper
