#include "os/line_client.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "os/files.hpp"

namespace steward {
namespace {

/// A folder with a listening unix socket in it, for one client.
class LineClientTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/steward-line-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/s";
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_.get(), 4), 0);
  }
  void TearDown() override {
    ::unlink(path_.c_str());
    ::rmdir(folder_.c_str());
  }

  std::string folder_, path_;
  Fd listener_;
};

TEST_F(LineClientTest, ExchangesLinesHoweverTheyArePacked) {
  std::jthread server([&] {
    const Fd peer(::accept(listener_.get(), nullptr, nullptr));
    char request[6] = {};
    EXPECT_EQ(::recv(peer.get(), request, 5, MSG_WAITALL), 5);
    EXPECT_STREQ(request, "ping\n");
    EXPECT_TRUE(write_all(peer.get(), "one\ntwo\nthr").has_value());
    EXPECT_TRUE(write_all(peer.get(), "ee\n").has_value());
  });
  auto client = LineClient::connect(path_, kSecond);
  ASSERT_TRUE(client.has_value()) << client.error().text();
  ASSERT_TRUE(client->send("ping", 10 * kSecond).has_value());
  EXPECT_EQ(client->receive(10 * kSecond).value(), "one");
  EXPECT_EQ(client->receive(10 * kSecond).value(), "two");
  EXPECT_EQ(client->receive(10 * kSecond).value(), "three");
  EXPECT_EQ(client->receive(10 * kSecond).error().code(), Code::unavailable);
}

TEST_F(LineClientTest, GivesUpAtItsDeadlineWhenNobodyAnswers) {
  auto client = LineClient::connect(path_, kSecond);
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->receive(20 * kMillisecond).error().code(), Code::timeout);
}

TEST_F(LineClientTest, SaysThatNobodyListens) {
  EXPECT_EQ(LineClient::connect(folder_ + "/none", kSecond).error().code(), Code::unavailable);
}

TEST_F(LineClientTest, RefusesALineBeyondItsBound) {
  std::jthread server([&] {
    const Fd peer(::accept(listener_.get(), nullptr, nullptr));
    // Written until the client hangs up.
    while (::send(peer.get(), std::string(4096, 'x').c_str(), 4096, MSG_NOSIGNAL) > 0) continue;
  });
  auto client = LineClient::connect(path_, kSecond, 10'000);
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->receive(10 * kSecond).error().code(), Code::corrupt);
  client = fail(Code::cancelled, "hang up");
}

TEST_F(LineClientTest, ReachesASocketWhosePathIsLongerThanAnAddressHolds) {
  const std::string deep = folder_ + "/" + std::string(120, 'd');
  ASSERT_TRUE(make_folders(deep).has_value());
  ASSERT_EQ(::rename(path_.c_str(), (deep + "/s").c_str()), 0);
  EXPECT_TRUE(LineClient::connect(deep + "/s", kSecond).has_value());
  ::unlink((deep + "/s").c_str());
  ::rmdir(deep.c_str());
}

}  // namespace
}  // namespace steward
