#include "net/event_loop.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace steward::net {
namespace {

TEST(EventLoop, RunsWhatAnotherThreadPosts) {
  EventLoop loop;
  std::jthread other([&] { loop.post([&] { loop.stop(); }); });
  loop.run();
}

TEST(EventLoop, RepeatsUntilItIsStopped) {
  EventLoop loop;
  int turns = 0, once = 0;
  loop.after(0, [&] { ++once; });
  loop.every(kMillisecond, [&] {
    if (++turns == 3) loop.stop();
  });
  loop.run();
  EXPECT_EQ(turns, 3);
  EXPECT_EQ(once, 1);
}

TEST(EventLoop, HandsOverEverySignal) {
  EventLoop loop;
  std::vector<int> got;
  loop.on_signals({SIGUSR1, SIGUSR2}, [&](int number) {
    got.push_back(number);
    got.size() == 2 ? loop.stop() : static_cast<void>(::raise(SIGUSR2));
  });
  ::raise(SIGUSR1);
  loop.run();
  EXPECT_EQ(got, (std::vector<int>{SIGUSR1, SIGUSR2}));
}

TEST(EventLoop, OutlivesABugInATask) {
  EventLoop loop;
  int turns = 0;
  loop.every(kMillisecond, [&] {
    if (++turns == 2) loop.stop();
    throw std::runtime_error("a bug");
  });
  loop.run();
  EXPECT_EQ(turns, 2);
  EXPECT_EQ(loop.task_failures(), 2);
}

}  // namespace
}  // namespace steward::net
