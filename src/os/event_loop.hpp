#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// epoll with a function per descriptor. One thread. The descriptors are borrowed: forget() one before it is
/// closed.
class EventLoop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;

  static Result<EventLoop> make();

  /// Calls `ready` with EPOLLIN… whenever one of `events` (level-triggered), or EPOLLHUP or EPOLLERR, is
  /// there.
  Status watch(int fd, std::uint32_t events, Ready ready);
  /// Waits for other events from now on.
  void change(int fd, std::uint32_t events);
  /// After this the function is not called again, not even for events already fetched.
  void forget(int fd);

  /// Waits until something is ready or `deadline` (CLOCK_MONOTONIC; negative: for ever), and calls the
  /// functions.
  void turn(const Clock& clock, MonoNs deadline);

 private:
  Fd epoll_;
  // Shared so that a function may forget itself while it runs.
  std::unordered_map<int, std::shared_ptr<Ready>> ready_;
};

}  // namespace steward
