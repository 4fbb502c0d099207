#include "os/notifier.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace steward {
namespace {

/// A receiving end with an abstract name.
struct Receiver {
  Receiver()
      : name("@steward-notifier-test-" + std::to_string(::getpid())),
        socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
    bound = ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0;
  }
  std::string take() const {
    char buffer[4096];
    const ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    return got < 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
  }
  std::string name;
  Fd socket;
  bool bound = false;
};

TEST(Notifier, SpeaksSystemdsWords) {
  const Receiver receiver;
  ASSERT_TRUE(receiver.bound);
  ::setenv("NOTIFY_SOCKET", receiver.name.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  Notifier notifier = Notifier::from_environment();
  EXPECT_EQ(notifier.watchdog_ns(), 30'000'000'000);
  notifier.ready();
  EXPECT_EQ(receiver.take(), "READY=1");
  notifier.status("two\nlines");
  EXPECT_EQ(receiver.take(), "STATUS=two lines");
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(Notifier::from_environment().watchdog_ns(), 0);
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Notifier, WithoutASocketDoesNothingAndNeverBlocksOnAFullOne) {
  Notifier none("");
  none.ready();
  EXPECT_FALSE(none.active());
  EXPECT_FALSE(Notifier("relative").active());
  EXPECT_FALSE(Notifier(std::string(200, '/')).active());
  const Receiver receiver;
  Notifier notifier(receiver.name);
  for (int i = 0; i < 10'000; ++i) notifier.watchdog();
  EXPECT_EQ(receiver.take(), "WATCHDOG=1");
}

}  // namespace
}  // namespace steward
