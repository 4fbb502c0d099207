#include "net/event_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <list>

#include "base/log.hpp"

namespace steward::net {

namespace asio = boost::asio;

namespace {

void repeat(asio::steady_timer& timer, std::int64_t interval_ns,
            const std::shared_ptr<std::function<void()>>& task) {
  timer.expires_after(std::chrono::nanoseconds(interval_ns));
  timer.async_wait([&timer, interval_ns, task](const boost::system::error_code& error) {
    if (error) return;
    repeat(timer, interval_ns, task);
    (*task)();
  });
}

void take_signals(asio::signal_set& signals, const std::shared_ptr<std::function<void(int)>>& task) {
  signals.async_wait([&signals, task](const boost::system::error_code& error, int number) {
    if (error) return;
    take_signals(signals, task);
    (*task)(number);
  });
}

}  // namespace

struct EventLoop::State {
  asio::io_context context{1};
  std::list<asio::steady_timer> timers;
  std::list<asio::signal_set> signals;
  std::int64_t failures = 0;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  const auto work = asio::make_work_guard(state_->context);
  while (!state_->context.stopped()) {
    try {
      state_->context.run();
    } catch (const std::exception& failure) {
      ++state_->failures;
      log::error("a task of the event loop failed: {}", failure.what());
    }
  }
}

void EventLoop::stop() {
  state_->context.stop();
}

void EventLoop::post(std::function<void()> task) {
  asio::post(state_->context, std::move(task));
}

void EventLoop::every(std::int64_t interval_ns, std::function<void()> task) {
  repeat(state_->timers.emplace_back(state_->context), interval_ns,
         std::make_shared<std::function<void()>>(std::move(task)));
}

void EventLoop::after(std::int64_t delay_ns, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context, std::chrono::nanoseconds(delay_ns));
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& error) {
    if (!error) task();
  });
}

void EventLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> task) {
  auto& set = state_->signals.emplace_back(state_->context);
  for (const int number : signals) set.add(number);
  take_signals(set, std::make_shared<std::function<void(int)>>(std::move(task)));
}

std::int64_t EventLoop::task_failures() const {
  return state_->failures;
}

asio::io_context& EventLoop::context() {
  return state_->context;
}

}  // namespace steward::net
