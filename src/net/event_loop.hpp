#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace steward::net {

/// The control thread's loop: sockets, timers, signals. Made, run and destroyed on one thread; post() and
/// stop() are for any. It must outlive everything that was given a reference to it.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();

  /// Runs until stop(). An exception out of a task is a programmer's error: it is logged and counted, and the
  /// loop goes on.
  void run();
  void stop();
  /// Runs `task` on the loop's thread, soon.
  void post(std::function<void()> task);
  /// Runs `task` every `interval_ns`, first after one; a late turn is not made up for. For the life of the
  /// loop.
  void every(std::int64_t interval_ns, std::function<void()> task);
  /// Runs `task` once, after `delay_ns`.
  void after(std::int64_t delay_ns, std::function<void()> task);
  /// Calls `task` with the number of each of these signals, instead of what they would do.
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> task);

  std::int64_t task_failures() const;
  boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steward::net
