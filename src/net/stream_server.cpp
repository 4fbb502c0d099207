#include "net/stream_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <set>
#include <vector>

#include "base/log.hpp"

namespace steward::net {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

namespace {

constexpr auto kTick = std::chrono::milliseconds(500);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr std::size_t kMostRefusals = 32;  // connections beyond the limit that are told so
constexpr int kAcceptsATurn = 64;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

struct StreamServer::State : std::enable_shared_from_this<StreamServer::State> {
  State(asio::io_context& loop_context, const Clock& server_clock, Fd socket, std::size_t most_connections,
        MakeProtocol maker)
      : context(loop_context),
        clock(server_clock),
        listener(context, socket.release()),
        timer(context),
        accept_timer(context),
        most(most_connections),
        make(std::move(maker)) {}

  void accept();
  void accept_ready();
  void open(Fd socket);
  void tick();

  asio::io_context& context;
  const Clock& clock;
  Descriptor listener;
  asio::steady_timer timer, accept_timer;
  std::size_t most;
  MakeProtocol make;
  std::set<std::shared_ptr<Session>> sessions;
  std::array<char, 64 * 1024> buffer{};  ///< what one read() of any session brings
  std::int64_t accepted = 0, turned_away = 0;
  bool ticking = false, closed = false;
};

/// One connection. Its pending waits keep it alive; close() takes it from the server.
struct StreamServer::Session : std::enable_shared_from_this<Session> {
  Session(State& owner, Fd socket, std::unique_ptr<Protocol> spoken)
      : server(owner), descriptor(owner.context, socket.release()), protocol(std::move(spoken)) {}

  int fd() { return descriptor.native_handle(); }

  void start() {
    protocol->wake = [weak = weak_from_this(), &context = server.context] {
      asio::post(context, [weak] {
        if (const auto self = weak.lock(); self && !self->closed) self->go_on();
      });
    };
    go_on();
  }

  void close() {
    if (closed) return;
    closed = true;
    const auto self = shared_from_this();
    boost::system::error_code ignored;
    descriptor.close(ignored);
    protocol.reset();
    server.sessions.erase(self);
  }

  void readable() {
    const ssize_t got = ::recv(fd(), server.buffer.data(), server.buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      if (protocol->wants() == Protocol::Wants::more) {
        protocol->received({server.buffer.data(), static_cast<std::size_t>(got)}, server.clock.mono());
      }
    } else if (got == 0) {
      ended = true;
      protocol->peer_ended(server.clock.mono());
    } else if (!would_block(errno) && errno != EINTR) {
      return close();
    }
    go_on();
  }

  /// Sends what can be sent and waits for what the protocol wants next.
  void go_on() {
    while (!protocol->output().empty()) {
      const auto bytes = protocol->output();
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) {
        protocol->sent(static_cast<std::size_t>(sent), server.clock.mono());
      } else if (would_block(errno)) {
        break;
      } else if (errno != EINTR) {
        return close();
      }
    }
    const Protocol::Wants wants = protocol->wants();
    const bool sending = !protocol->output().empty();
    if (wants == Protocol::Wants::close) return close();
    if (wants == Protocol::Wants::linger && !sending) {
      if (ended) return close();
      if (!half_closed) ::shutdown(fd(), SHUT_WR);
      half_closed = true;
    }
    if (sending) wait_writable();
    if (!ended && (wants == Protocol::Wants::more || wants == Protocol::Wants::linger)) wait_readable();
  }

  void wait_readable() {
    if (reading) return;
    reading = true;
    descriptor.async_wait(Descriptor::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->reading = false;
                            if (!error && !self->closed) self->readable();
                          });
  }

  void wait_writable() {
    if (writing) return;
    writing = true;
    descriptor.async_wait(Descriptor::wait_write,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->writing = false;
                            if (!error && !self->closed) self->go_on();
                          });
  }

  State& server;  // outlives an open session: ~StreamServer closes them all
  Descriptor descriptor;
  std::unique_ptr<Protocol> protocol;
  bool reading = false, writing = false, half_closed = false, ended = false, closed = false;
};

void StreamServer::State::accept() {
  listener.async_wait(Descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && !self->closed) self->accept_ready();
                      });
}

void StreamServer::State::accept_ready() {
  for (int i = 0; i < kAcceptsATurn; ++i) {
    Fd socket(::accept4(listener.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      open(std::move(socket));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (would_block(errno)) break;
    // No descriptor or memory is free: the connection waits in the kernel's queue until one is.
    ++turned_away;
    accept_timer.expires_after(kAcceptPause);
    accept_timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->closed) self->accept();
    });
    return;
  }
  accept();
}

void StreamServer::State::open(Fd socket) {
  ++accepted;
  const bool crowded = sessions.size() >= most;
  if (crowded) ++turned_away;
  if (sessions.size() >= most + kMostRefusals) return;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // fails on a unix socket, which needs it not
  auto protocol = make(socket.get(), crowded);
  if (!protocol) return;
  const auto session =
      *sessions.insert(std::make_shared<Session>(*this, std::move(socket), std::move(protocol))).first;
  session->start();
  if (!ticking) tick();
}

/// Looks at every deadline twice a second while there are connections: no timer a connection.
void StreamServer::State::tick() {
  ticking = !sessions.empty() && !closed;
  if (!ticking) return;
  timer.expires_after(kTick);
  timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->closed) return;
    const MonoNs now = self->clock.mono();
    const std::vector<std::shared_ptr<Session>> all(self->sessions.begin(), self->sessions.end());
    for (const auto& session : all) {
      if (session->closed || session->protocol->deadline() > now) continue;
      session->protocol->expired(now);
      session->go_on();
    }
    self->tick();
  });
}

StreamServer::StreamServer(EventLoop& loop, const Clock& clock, Fd listener, std::size_t most,
                           MakeProtocol make)
    : state_(std::make_shared<State>(loop.context(), clock, std::move(listener), most, std::move(make))) {
  state_->accept();
}

StreamServer::~StreamServer() {
  state_->closed = true;
  boost::system::error_code ignored;
  state_->listener.close(ignored);
  state_->timer.cancel();
  state_->accept_timer.cancel();
  while (!state_->sessions.empty()) (*state_->sessions.begin())->close();
}

std::size_t StreamServer::connections() const {
  return state_->sessions.size();
}
std::int64_t StreamServer::accepted() const {
  return state_->accepted;
}
std::int64_t StreamServer::turned_away() const {
  return state_->turned_away;
}

}  // namespace steward::net
