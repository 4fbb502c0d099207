#include "net/control_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include "net/line_protocol.hpp"
#include "os/line_client.hpp"

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

  Result<std::string> ask(const std::string& line) {
    auto client = LineClient::connect(path, kPatience);
    if (!client) return std::unexpected(client.error());
    static_cast<void>(client->send(line, kPatience));  // refused half-way: the answer says why
    return client->receive(kPatience);
  }

  std::string name = testing::TempDir() + "controlXXXXXX";
  std::string folder, path;
  EventLoop loop;
  SystemClock clock;
  std::optional<ControlServer> server;
  std::thread thread;
};

TEST_F(ControlSocketTest, AnswersALineWithALine) {
  EXPECT_EQ(ask("hello").value(), "{\"heard\":\"hello\"}");
  EXPECT_EQ(ask("large").value().size(), 1'000'000U);
}

TEST_F(ControlSocketTest, ABugIsAnErrorAnswer) {
  const auto answer = ask("bug");
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_TRUE(answer->starts_with("{\"ok\":false,\"error\":{\"code\":\"internal\"")) << *answer;
}

TEST_F(ControlSocketTest, ARequestBeyondItsLimitIsRefused) {
  const auto answer = ask(std::string(200'000, 'x'));
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_NE(answer->find("64 KiB"), std::string::npos);
}

TEST_F(ControlSocketTest, TheSeventeenthCommandIsToldToWait) {
  std::vector<LineClient> open;
  for (std::size_t i = 0; i < ControlServer::kMostConnections; ++i)
    open.push_back(LineClient::connect(path, kPatience).value());
  const auto answer = ask("hello");
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_NE(answer->find("\"unavailable\""), std::string::npos) << *answer;
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
