#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "net/event_loop.hpp"
#include "net/protocol.hpp"
#include "os/fd.hpp"

namespace steward::net {

/// Accepts connections on one listening socket and performs a Protocol on each: the only code that reads and
/// writes server sockets. Lives on the loop's thread; destroying it closes everything.
class StreamServer {
 public:
  /// Makes the protocol of a new connection (`fd` to ask who it is; not to be kept). `crowded`: there are
  /// `most` already, so say so and end. Null: close it at once.
  using MakeProtocol = std::function<std::unique_ptr<Protocol>(int fd, bool crowded)>;

  StreamServer(EventLoop& loop, const Clock& clock, Fd listener, std::size_t most, MakeProtocol make);
  ~StreamServer();

  std::size_t connections() const;
  std::int64_t accepted() const;
  /// Connections turned away because there were too many, or too few descriptors.
  std::int64_t turned_away() const;

 private:
  struct State;
  struct Session;
  std::shared_ptr<State> state_;
};

}  // namespace steward::net
