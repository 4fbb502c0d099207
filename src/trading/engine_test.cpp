#include "trading/engine.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "journal/decoder.hpp"
#include "os/files.hpp"
#include "trading/stream_text_test.hpp"

namespace steward::trading {
namespace {

using journal::Field;
using test::definition;
using test::line;

/// Does what a test tells it to with each book.
class Scripted final : public Strategy {
 public:
  std::function<void(const MarketBook&, OrderEntry&)> on_book = [](auto&, auto&) {};
  int closed = 0;
  void on_market_book(const MarketBook& book, OrderEntry& entry) override { on_book(book, entry); }
  void on_market_closed(const MarketBook&) override { ++closed; }
};

class SwitchedGate final : public Gate {
 public:
  bool is_open = true;
  bool open(std::string& reason) override {
    if (!is_open) reason = "halted by a person";
    return is_open;
  }
};

/// An engine with a journal in a file, fed with text.
class EngineTest : public testing::Test {
 public:
  ~EngineTest() override { ::unlink(path_.c_str()); }

 protected:
  void feed(const std::string& text) {
    const betfair::StreamMessage* message = stream_.decode(text);
    ASSERT_TRUE(message) << text;
    engine_.on_message(*message);
  }

  /// A book whose best prices are 3 to back and 3.2 to lay.
  void feed_open(std::int64_t time) {
    feed(line(time, definition("OPEN", 1) + R"(,"rc":[{"atb":[[3,4]],"atl":[[3.2,50]],"id":1}])"));
  }

  void order_once(Side side, Price price, Pence size) {
    strategy_.on_book = [this, side, price, size](const MarketBook&, OrderEntry& entry) {
      if (entry.orders().empty()) sent_ = entry.place({1, 0, side, price, size});
    };
  }

  /// The journal's events from `type_prefix` on, as "type field=value …"; each must be one that Steward
  /// reads.
  std::string events(std::string_view type_prefix,
                     const std::vector<std::pair<std::string, Field>>& fields = {}) {
    std::string text = read_file(path_, 1 << 20).value_or(""), all;
    text.append(journal::Decoder::kPadding, '\0');
    journal::Decoder decoder;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string_view json(text.data() + at, end - at);
      const journal::Event* event = decoder.decode(json);
      EXPECT_TRUE(event && event->type != journal::Type::unknown && event->unknown_fields == 0) << json;
      const std::size_t type = json.find("\"type\":\"") + 8;
      const std::string_view name = json.substr(type, json.find('"', type) - type);
      if (!event || !name.starts_with(type_prefix)) continue;
      all += name;
      for (const auto& [label, field] : fields) {
        if (!event->has(field)) continue;
        all += fmt::format(
            " {}={}", label,
            event->text(field).empty() ? std::to_string(event->number(field)) : event->text(field));
      }
      all += '\n';
    }
    return all;
  }

  std::string path_ = testing::TempDir() + "engine." + std::to_string(::getpid()) + ".jsonl";
  ManualClock clock_;
  journal::Writer writer_{path_, clock_};
  Reporter reporter_{writer_, "scripted"};
  Scripted strategy_;
  SwitchedGate gate_;
  Engine engine_{
      {.strategy = strategy_, .gate = gate_, .reporter = reporter_, .clock = clock_, .ref_prefix = "RUN"}};
  test::TextStream stream_;
  Order* sent_ = nullptr;
};

TEST_F(EngineTest, JournalsAnOrderFromIntentToSettlement) {
  order_once(Side::back, 300, 1000);
  feed_open(1000);
  ASSERT_TRUE(sent_);
  EXPECT_EQ(events("order."), "order.intent\n");
  feed(line(1100, R"("rc":[])"));  // 100 ms: not there yet
  EXPECT_EQ(sent_->status, OrderStatus::pending);
  feed(line(1200, R"("rc":[])"));
  EXPECT_EQ(sent_->status, OrderStatus::executable);
  feed(line(2000, definition("SUSPENDED", 2)));
  feed(line(3000, definition("CLOSED", 3, "", "WINNER", "LOSER")));
  EXPECT_EQ(events("order.", {{"ref", Field::customer_order_ref},
                              {"bet", Field::bet_id},
                              {"matched", Field::size_matched},
                              {"left", Field::size_remaining},
                              {"ns", Field::latency_ns},
                              {"profit", Field::profit}}),
            "order.intent ref=RUN-1 matched=0 left=1000\n"
            "order.placed ref=RUN-1 bet=100000000001 matched=400 left=600 ns=200000000\n"
            "order.matched ref=RUN-1 bet=100000000001 matched=400 left=600\n"
            "order.lapsed ref=RUN-1 bet=100000000001 matched=400 left=0\n"
            "order.settled ref=RUN-1 bet=100000000001 matched=400 left=0 profit=800\n");
  EXPECT_EQ(events("position", {{"win", Field::if_win}, {"lose", Field::if_lose}}),
            "position win=800 lose=-400\n");
  EXPECT_EQ(
      events("pnl",
             {{"realized", Field::realized}, {"now", Field::unrealized}, {"commission", Field::commission}}),
      "pnl realized=0 now=-25 commission=0\npnl realized=800 now=0 commission=40\n");
  EXPECT_EQ(events("market.", {{"status", Field::status}, {"version", Field::version}}),
            "market.opened\nmarket.status status=OPEN version=1\nmarket.status status=SUSPENDED version=2\n"
            "market.status status=CLOSED version=3\nmarket.closed\n");
  EXPECT_EQ(strategy_.closed, 1);
  EXPECT_EQ(engine_.markets(), 0U);
  feed(line(4000, definition("CLOSED", 4, "", "WINNER", "LOSER")));  // told again: already settled
  EXPECT_EQ(engine_.markets(), 0U);
  EXPECT_EQ(engine_.totals().orders_matched, 1);
}

TEST_F(EngineTest, AClosedGateRefusesOrdersButNotCancels) {
  order_once(Side::back, 310, 200);
  feed_open(1000);
  feed(line(2000, R"("rc":[])"));
  ASSERT_EQ(sent_->status, OrderStatus::executable);
  gate_.is_open = false;
  bool placed = true, replaced = true, cancelled = false;
  strategy_.on_book = [&](const MarketBook&, OrderEntry& entry) {
    placed = entry.place({1, 0, Side::back, 300, 200}) != nullptr;
    replaced = entry.replace(*sent_, 300) != nullptr;
    cancelled = entry.cancel(*sent_);
  };
  feed(line(2100, R"("rc":[])"));
  EXPECT_FALSE(placed);
  EXPECT_FALSE(replaced);
  EXPECT_TRUE(cancelled);
  strategy_.on_book = [](auto&, auto&) {};
  feed(line(2300, R"("rc":[])"));
  EXPECT_EQ(events("order."), "order.intent\norder.placed\norder.cancelled\n");
  EXPECT_EQ(events("note"), "note\n");  // said once, not for each order
  EXPECT_EQ(engine_.totals().orders_refused_by_gate, 2);
}

TEST_F(EngineTest, AReplacementGetsAnIntentAndWhatWasCancelled) {
  order_once(Side::back, 310, 200);
  feed_open(1000);
  feed(line(2000, R"("rc":[])"));
  Order* replacement = nullptr;
  strategy_.on_book = [&](const MarketBook&, OrderEntry& entry) {
    if (!replacement) replacement = entry.replace(*sent_, 300);
  };
  feed(line(2100, R"("rc":[])"));
  ASSERT_TRUE(replacement);
  feed(line(2500, R"("rc":[])"));
  EXPECT_EQ(sent_->status, OrderStatus::execution_complete);
  EXPECT_EQ(replacement->size_matched, 200);
  EXPECT_EQ(
      events("order.", {{"ref", Field::customer_order_ref}}),
      "order.intent ref=RUN-1\norder.placed ref=RUN-1\norder.intent ref=RUN-2\norder.cancelled ref=RUN-1\n"
      "order.placed ref=RUN-2\norder.matched ref=RUN-2\n");
}

TEST_F(EngineTest, ARefusedOrderSaysWhy) {
  order_once(Side::back, 300, 200);
  feed_open(1000);
  feed(line(1050, definition("SUSPENDED", 2)));
  feed(line(2000, R"("rc":[])"));
  EXPECT_EQ(events("order.", {{"code", Field::error_code}, {"ns", Field::latency_ns}}),
            "order.intent\norder.rejected code=ERROR_IN_ORDER ns=1000000000\n");
}

TEST_F(EngineTest, BetDelayHoldsOrdersBack) {
  order_once(Side::back, 300, 200);
  feed(line(1000,
            definition("OPEN", 1, R"(,"inPlay":true,"betDelay":5)") + R"(,"rc":[{"atb":[[3,4]],"id":1}])"));
  feed(line(6100, R"("rc":[])"));
  EXPECT_EQ(sent_->status, OrderStatus::pending);
  feed(line(6121, R"("rc":[])"));
  EXPECT_EQ(sent_->status, OrderStatus::execution_complete);
}

TEST_F(EngineTest, AWithdrawnRunnerVoidsItsOrdersAndReducesTheOthers) {
  strategy_.on_book = [](const MarketBook&, OrderEntry& entry) {
    if (!entry.orders().empty()) return;
    entry.place({1, 0, Side::back, 300, 400});
    entry.place({2, 0, Side::back, 200, 400});
  };
  feed(line(1000, definition("OPEN", 1) + R"(,"rc":[{"atb":[[3,4]],"id":1},{"atb":[[2,4]],"id":2}])"));
  feed(line(2000, R"("rc":[])"));
  feed(line(3000, definition("OPEN", 2, "", "ACTIVE", "REMOVED")));
  EXPECT_EQ(
      events("position", {{"id", Field::selection_id}, {"win", Field::if_win}, {"lose", Field::if_lose}}),
      "position id=1 win=800 lose=-400\nposition id=2 win=400 lose=-400\n"
      "position id=1 win=560 lose=-400\nposition id=2 win=0 lose=0\n");
}

TEST_F(EngineTest, ProfitIsToldOnceASecondAndAtTheEnd) {
  order_once(Side::back, 300, 200);
  feed_open(1000);
  feed(line(2000, R"("rc":[])"));
  const auto lay_at = [&](std::int64_t time, const char* price) {
    feed(line(time, fmt::format(R"("img":true,{},"rc":[{{"atl":[[{},50]],"id":1}}])", definition("OPEN", 1),
                                price)));
  };
  lay_at(2100, "4");
  lay_at(2200, "5");
  clock_.advance(kSecond);
  lay_at(2300, "6");
  lay_at(2400, "2");
  engine_.stop();
  EXPECT_EQ(events("pnl", {{"now", Field::unrealized}}), "pnl now=-12\npnl now=-100\npnl now=100\n");
}

TEST_F(EngineTest, StoppingWithdrawsWhatIsOpen) {
  order_once(Side::back, 310, 200);
  feed_open(1000);
  feed(line(2000, R"("rc":[])"));
  engine_.stop();
  EXPECT_EQ(events("order.", {{"left", Field::size_remaining}, {"cancelled", Field::size_cancelled}}),
            "order.intent left=200\norder.placed left=200\norder.cancelled left=0 cancelled=200\n");
}

TEST_F(EngineTest, UnfitDataIsKeptButNotTradedOn) {
  int books = 0;
  strategy_.on_book = [&](auto&, auto&) { ++books; };
  feed(R"({"op":"mcm","pt":1,"status":503,"mc":[{"id":"1.1",)" + definition("OPEN", 1) + "}]}");
  EXPECT_EQ(books, 0);
  EXPECT_EQ(engine_.markets(), 1U);
  feed(line(2, R"("rc":[])"));
  EXPECT_EQ(books, 1);
}

}  // namespace
}  // namespace steward::trading
