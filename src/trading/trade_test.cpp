#include "trading/trade.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "os/files.hpp"
#include "trading/gate.hpp"
#include "trading/pacer.hpp"

namespace steward::trading {
namespace {

/// The environment a keeper gives a bot, in a folder that goes away with the test.
class TradeTest : public testing::Test {
 public:
  TradeTest() {
    EXPECT_TRUE(make_folders(folder_));
    ::setenv("STEWARD_JOURNAL", journal_.c_str(), 1);
    ::setenv("STEWARD_GATE", gate_.c_str(), 1);
    ::setenv("STEWARD_RUN", "01HJ0000000123456789ABCDEF", 1);
    write_gate("open 3\n");
  }
  ~TradeTest() override {
    for (const char* name :
         {"STEWARD_JOURNAL", "STEWARD_GATE", "STEWARD_RUN", "NOTIFY_SOCKET", "WATCHDOG_USEC"}) {
      ::unsetenv(name);
    }
    for (const std::string& name : list_folder(folder_).value_or(std::vector<std::string>{})) {
      ::unlink((folder_ + "/" + name).c_str());
    }
    ::rmdir(folder_.c_str());
  }

 protected:
  void write_gate(std::string_view line) { ASSERT_TRUE(swap_file(gate_, line)); }
  std::string journal() const { return read_file(journal_, 64 << 20).value_or(""); }
  static std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++found;
    return found;
  }
  static TradeOptions synthetic(std::string_view strategy) {
    return {.replay = {"synthetic:5"}, .speed = "max", .strategy = std::string(strategy), .once = true};
  }

  std::string folder_ = testing::TempDir() + "trade." + std::to_string(::getpid());
  std::string journal_ = folder_ + "/journal", gate_ = folder_ + "/gate";
};

TEST_F(TradeTest, BothStrategiesTradeASyntheticMarketToItsEnd) {
  for (const char* strategy : {"back-favourite", "lay-the-drifter"}) {
    ::unlink(journal_.c_str());
    const auto done = run_trade(synthetic(strategy));
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(*done, 0);
    const std::string events = journal();
    for (const char* type : {"market.opened", "market.closed", "order.intent", "order.placed",
                             "order.matched", "order.settled", "position", "pnl"}) {
      EXPECT_GT(count(events, fmt::format("\"type\":\"{}\"", type)), 0U) << strategy << " " << type;
    }
    // The tail of this run's ULID keeps references of two runs apart.
    EXPECT_EQ(count(events, "\"type\":\"order."),
              count(events, "\"customer_order_ref\":\"0123456789ABCDEF-"));
    EXPECT_EQ(count(events, "\"type\":"), count(events, fmt::format("\"strategy\":\"{}\"", strategy)));
  }
}

TEST_F(TradeTest, SendsNothingWhileTheGateIsClosedOrMissing) {
  write_gate("closed 4 halted by a person\n");
  ASSERT_TRUE(run_trade(synthetic("back-favourite")));
  EXPECT_EQ(count(journal(), "\"type\":\"order."), 0U);
  EXPECT_EQ(count(journal(), "halted by a person"), 1U);
  ::unlink(gate_.c_str());
  ASSERT_TRUE(run_trade(synthetic("back-favourite")));
  EXPECT_EQ(count(journal(), "\"type\":\"order."), 0U);
}

TEST_F(TradeTest, GateFileReadsStateAndDeadline) {
  GateFile gate(gate_);
  std::string reason;
  EXPECT_TRUE(gate.open(reason));
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  write_gate(fmt::format("open 3 {}\n", (now.tv_sec + 1000) * kSecond));
  EXPECT_TRUE(gate.open(reason));
  write_gate("open 3 1\n");
  EXPECT_FALSE(gate.open(reason));
  EXPECT_NE(reason.find("deadline"), std::string::npos);
  for (const char* corrupt : {"", "open", "ajar 3\n", "open three\n"}) {
    write_gate(corrupt);
    EXPECT_FALSE(gate.open(reason)) << corrupt;
  }
}

/// Receives what the bot tells the keeper, until `wanted` came or ten seconds passed.
std::string notified(int socket, std::string_view wanted) {
  std::string all;
  timeval timeout{10, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  char datagram[4096];
  while (all.find(wanted) == std::string::npos) {
    const ssize_t got = ::recv(socket, datagram, sizeof datagram, 0);
    if (got <= 0) break;
    all.append(datagram, static_cast<std::size_t>(got)).append(1, '\n');
  }
  return all;
}

TEST_F(TradeTest, SaysReadyPatsTheWatchdogAndStopsOnSigterm) {
  sockaddr_un address{.sun_family = AF_UNIX};
  const std::string path = folder_ + "/notify";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "300000", 1);
  TradeOptions options = synthetic("lay-the-drifter");
  options.speed = "1x";
  options.once = false;
  std::string heard;
  Result<int> done = -1;
  std::thread trader([&] { done = run_trade(options); });
  heard = notified(socket.get(), "READY=1");
  heard += notified(socket.get(), "WATCHDOG=1");
  heard += notified(socket.get(), "WATCHDOG=1");
  ::pthread_kill(trader.native_handle(), SIGTERM);
  heard += notified(socket.get(), "STOPPING=1");
  trader.join();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(*done, 0);
  EXPECT_LT(heard.find("READY=1"), heard.find("WATCHDOG=1"));
  EXPECT_EQ(count(heard, "STOPPING=1"), 1U);
}

TEST_F(TradeTest, BadOptionsAreOneSentenceEach) {
  const auto message = [](TradeOptions options) {
    const auto done = run_trade(options);
    return done ? std::string("it ran") : done.error().text();
  };
  TradeOptions good = synthetic("back-favourite");
  TradeOptions bad = good;
  bad.replay = {};
  EXPECT_NE(message(bad).find("--replay"), std::string::npos);
  bad = good, bad.replay = {"synthetic:x"};
  EXPECT_NE(message(bad).find("synthetic:1"), std::string::npos);
  bad = good, bad.replay = {"/nowhere/at/all"};
  EXPECT_NE(message(bad).find("/nowhere/at/all"), std::string::npos);
  bad = good, bad.speed = "fast";
  EXPECT_NE(message(bad).find("--speed fast"), std::string::npos);
  bad = good, bad.strategy = "martingale";
  EXPECT_NE(message(bad).find("back-favourite, lay-the-drifter"), std::string::npos);
  bad = good, bad.settings = {"stake"};
  EXPECT_NE(message(bad).find("key=value"), std::string::npos);
  bad.settings = {"stak=2"};
  EXPECT_NE(message(bad).find("it has stake"), std::string::npos);
  bad.settings = {"stake=-2"};
  EXPECT_NE(message(bad).find("money above 0"), std::string::npos);
  bad = good, bad.commission = "105%";
  EXPECT_NE(message(bad).find("--commission"), std::string::npos);
}

TEST_F(TradeTest, SynthesizedFilesReplayToTheSameResult) {
  const std::string path = folder_ + "/market";
  {
    const Fd file = open_file(path, O_WRONLY | O_CREAT, 0600).value();
    ASSERT_TRUE(run_synthesize({.seed = 9, .markets = 2}, file.get()));
  }
  const auto orders_of = [&] {
    ::unlink(journal_.c_str());
    EXPECT_TRUE(run_trade({.replay = {path}, .speed = "max", .strategy = "lay-the-drifter"}));
    std::string events = journal(), orders;
    for (std::size_t at = 0, end = 0; (end = events.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string line = events.substr(at, end - at);
      if (line.find("\"type\":\"order.") != std::string::npos)
        orders += line.substr(line.find("\"type\"")) + "\n";
    }
    return orders;
  };
  const std::string first = orders_of();
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, orders_of());
}

TEST(Pacer, MessagesAreAsFarApartAsTheyWerePublished) {
  Pacer pacer(parse_speed("10x").value());
  EXPECT_EQ(pacer.due(5'000, 77), 77);
  EXPECT_EQ(pacer.due(6'000, 80), 77 + kSecond / 10);
  EXPECT_EQ(pacer.due(4'000, 80), 0);  // long overdue
  pacer.skip_gap();
  EXPECT_EQ(pacer.due(900'000, 99), 99);
  EXPECT_EQ(Pacer(0).due(1, 5), 5);
  EXPECT_EQ(Pacer(1).due(1, 5), 5);
  EXPECT_FALSE(parse_speed("0x"));
  EXPECT_FALSE(parse_speed("-1x"));
  EXPECT_EQ(parse_speed("0.5x").value(), 50);
}

}  // namespace
}  // namespace steward::trading
