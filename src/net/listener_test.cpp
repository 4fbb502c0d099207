#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "net/port_holder.hpp"
#include "os/files.hpp"
#include "os/line_client.hpp"

namespace steward::net {
namespace {

struct ListenerTest : testing::Test {
  ListenerTest() { folder = ::mkdtemp(name.data()); }
  ~ListenerTest() override { ::rmdir(folder.c_str()); }
  std::string name = testing::TempDir() + "listenerXXXXXX";
  std::string folder;
};

TEST_F(ListenerTest, ATakenPortNamesItsHolderAndTheLinesThatMendIt) {
  for (const char* any : {"127.0.0.1:0", "[::1]:0"}) {
    const auto first = listen_tcp(*parse_endpoint(any), "dashboard");
    if (!first && any[0] == '[') GTEST_SKIP() << "this machine has no IPv6 loopback";
    ASSERT_TRUE(first) << first.error().text();
    const Endpoint taken = *bound_endpoint(first->get());
    const auto second = listen_tcp(taken, "dashboard");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::conflict);
    const std::string& text = second.error().message();
    EXPECT_NE(text.find(taken.text() + " is in use, held by process " + std::to_string(::getpid()) + " ("),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("net_test"), std::string::npos) << text;
    EXPECT_NE(text.find("\n[dashboard]\nlisten = \""), std::string::npos) << text;
  }
}

TEST_F(ListenerTest, NobodyHoldsAPortThatNobodyListensOn) {
  std::uint16_t port = 0;
  {
    const auto socket = listen_tcp(*parse_endpoint("127.0.0.1:0"), "dashboard");
    port = bound_endpoint(socket->get())->port;
    ASSERT_TRUE(find_port_holder(port));
    EXPECT_EQ(find_port_holder(port)->pid, ::getpid());
  }
  EXPECT_FALSE(find_port_holder(port));
}

TEST_F(ListenerTest, OthersMayReachItOnlyWhenTheOperatorSaidSo) {
  EXPECT_TRUE(check_exposure(*parse_endpoint("127.0.0.1:8080"), false, "dashboard"));
  EXPECT_TRUE(check_exposure(*parse_endpoint("0.0.0.0:8080"), true, "dashboard"));
  const auto refused = check_exposure(*parse_endpoint("0.0.0.0:8080"), false, "dashboard");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("listen = \"127.0.0.1:8080\""), std::string::npos);
}

TEST_F(ListenerTest, AUnixSocketIsForItsOwnerAlone) {
  const std::string path = folder + "/s";
  const auto socket = listen_unix(path);
  ASSERT_TRUE(socket) << socket.error().text();
  struct ::stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(listen_unix(path).error().code(), Code::conflict);
  ::unlink(path.c_str());
}

TEST_F(ListenerTest, ADeadProcessSocketIsReplaced) {
  const std::string path = folder + "/s";
  {
    const auto dead = listen_unix(path);
  }
  EXPECT_EQ(LineClient::connect(path, kSecond).error().code(), Code::unavailable);
  EXPECT_TRUE(listen_unix(path));
  ::unlink(path.c_str());
}

TEST_F(ListenerTest, AUnixPathMayBeLongerThanASocketAddress) {
  const std::string deep = folder + "/" + std::string(120, 'd');
  ASSERT_TRUE(make_folders(deep));
  const std::string path = deep + "/control.sock";
  const auto socket = listen_unix(path);
  ASSERT_TRUE(socket) << socket.error().text();
  EXPECT_TRUE(LineClient::connect(path, kSecond));
  ::unlink(path.c_str());
  ::rmdir(deep.c_str());
}

}  // namespace
}  // namespace steward::net
