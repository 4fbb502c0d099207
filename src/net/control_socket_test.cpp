#include "net/control_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include "net/line_protocol.hpp"
#include "net/listener.hpp"

namespace steward::net {
namespace {

constexpr std::int64_t kPatience = 20 * kSecond;

struct ControlSocketTest : testing::Test {
  ControlSocketTest() {
    folder = ::mkdtemp(name.data());
    path = folder + "/control.sock";
    auto opened = ControlServer::open(loop, clock, path, [](std::string_view line) -> std::string {
      if (line == "bug") throw std::runtime_error("a bug");
      if (line == "large") return std::string(1'000'000, 'x');
      return "{\"heard\":\"" + std::string(line) + "\"}";
    });
    EXPECT_TRUE(opened) << opened.error().text();
    server.emplace(std::move(*opened));
    thread = std::thread([this] { loop.run(); });
  }
  ~ControlSocketTest() override {
    loop.stop();
    thread.join();
    server.reset();
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }

  std::string name = testing::TempDir() + "controlXXXXXX";
  std::string folder, path;
  EventLoop loop;
  SystemClock clock;
  std::optional<ControlServer> server;
  std::thread thread;
};

TEST_F(ControlSocketTest, AnswersALineWithALine) {
  EXPECT_EQ(ask_control(path, "hello", kPatience).value(), "{\"heard\":\"hello\"}");
  EXPECT_EQ(ask_control(path, "large", kPatience).value().size(), 1'000'000U);
}

TEST_F(ControlSocketTest, ABugIsAnErrorAnswer) {
  const auto answer = ask_control(path, "bug", kPatience);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_TRUE(answer->starts_with("{\"ok\":false,\"error\":{\"code\":\"internal\"")) << *answer;
}

TEST_F(ControlSocketTest, ARequestBeyondItsLimitIsRefused) {
  const auto answer = ask_control(path, std::string(200'000, 'x'), kPatience);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_NE(answer->find("64 KiB"), std::string::npos);
}

TEST_F(ControlSocketTest, TheSeventeenthCommandIsToldToWait) {
  std::vector<Fd> open;
  for (std::size_t i = 0; i < ControlServer::kMostConnections; ++i)
    open.push_back(connect_unix(path).value());
  const auto answer = ask_control(path, "hello", kPatience);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_NE(answer->find("\"unavailable\""), std::string::npos) << *answer;
}

TEST_F(ControlSocketTest, NobodyThereIsUnavailable) {
  EXPECT_EQ(ask_control(folder + "/none", "x", kSecond).error().code(), Code::unavailable);
}

TEST(ControlClient, NoAnswerIsATimeout) {
  const std::string path = testing::TempDir() + "silent" + std::to_string(::getpid());
  const auto silent = listen_unix(path);
  ASSERT_TRUE(silent);
  EXPECT_EQ(ask_control(path, "x", 20 * kMillisecond).error().code(), Code::timeout);
  ::unlink(path.c_str());
}

TEST(LineProtocol, AnswersLinesHoweverTheyArrive) {
  const ControlHandler handler = [](std::string_view line) { return "<" + std::string(line) + ">"; };
  LineProtocol connection(handler, 0);
  connection.received("a\nb", 1);
  EXPECT_EQ(connection.output(), "<a>\n");
  connection.received("c\n\n", 2);
  EXPECT_EQ(connection.output(), "<a>\n<bc>\n<>\n");
  EXPECT_EQ(connection.deadline(), 2 + 60 * kSecond);
  connection.peer_ended(3);
  EXPECT_EQ(connection.wants(), Protocol::Wants::drain);
  connection.sent(connection.output().size(), 4);
  EXPECT_EQ(connection.wants(), Protocol::Wants::close);
}

}  // namespace
}  // namespace steward::net
