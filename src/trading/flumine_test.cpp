// Order by order against flumine 2.13.9 on recorded markets (docs: ../shared/reference/README.md). Skipped
// where the recordings are not: set STEWARD_SHARED, or lay them at <source>/../shared.
#include <gtest/gtest.h>

#include <boost/json/src.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "exchange/betfair/recording.hpp"
#include "os/files.hpp"
#include "trading/flumine_strategies_test.hpp"
#include "trading/market_trader.hpp"

namespace steward::trading {
namespace {
namespace json = boost::json;

std::string shared_folder() {
  const char* given = std::getenv("STEWARD_SHARED");
  return given ? given : STEWARD_SOURCE_DIR "/../shared";
}

std::int64_t hundredths(const json::value& number) {
  return number.is_null() ? 0 : std::llround(number.to_number<double>() * 100);
}

std::int64_t integer(const json::value& number) {
  return number.is_null() ? 0 : number.to_number<std::int64_t>();
}

/// One replay of a recording by the strategy of `mode`; the market stays to be looked at.
struct Replay {
  std::unique_ptr<test::FlumineStrategy> strategy;
  NoGate gate;
  ManualClock clock;
  journal::Writer nowhere{"", clock};
  Reporter reporter{nowhere, "test"};
  TradingContext context;
  std::unique_ptr<MarketTrader> market;

  explicit Replay(std::string_view mode)
      : strategy(test::make_flumine_strategy(mode)), context{*strategy, gate, reporter, clock} {}

  void run(const std::string& path) {
    auto stream = betfair::RecordedStream::open(path);
    ASSERT_TRUE(stream) << stream.error().text();
    while (const betfair::StreamMessage* message = (*stream)->next().value_or(nullptr)) {
      for (const betfair::MarketChange& change : message->markets) {
        if (!market) market = std::make_unique<MarketTrader>(std::string(change.market_id), context);
        if (!market->on_change(change, message->publish_time, true)) return;
      }
    }
  }
};

void expect_fills(const Order& ours, const json::array& theirs) {
  ASSERT_EQ(ours.fills.size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    EXPECT_EQ(ours.fills[i].publish_time, integer(theirs[i].at(0)));
    EXPECT_EQ(ours.fills[i].price, hundredths(theirs[i].at(1)));
    EXPECT_EQ(ours.fills[i].size, hundredths(theirs[i].at(2)));
  }
}

void expect_order(const Order& ours, const json::object& theirs) {
  SCOPED_TRACE("bet " + ours.bet_id);
  EXPECT_EQ(ours.bet_id, theirs.at("bet_id").as_string());
  EXPECT_EQ(ours.request.selection_id, integer(theirs.at("selection_id")));
  EXPECT_EQ(name_of(ours.request.side), theirs.at("side").as_string());
  EXPECT_EQ(ours.request.price, hundredths(theirs.at("price")));
  EXPECT_EQ(ours.created, integer(theirs.at("created_ms")));
  EXPECT_EQ(ours.placed, integer(theirs.at("placed_ms")));
  EXPECT_EQ(ours.completed, integer(theirs.at("execution_complete_ms")));
  EXPECT_EQ(ours.size_matched, hundredths(theirs.at("size_matched")));
  EXPECT_EQ(ours.average_price_matched, hundredths(theirs.at("average_price_matched")));
  EXPECT_EQ(ours.size_remaining(), hundredths(theirs.at("size_remaining")));
  EXPECT_EQ(ours.size_cancelled, hundredths(theirs.at("size_cancelled")));
  EXPECT_EQ(ours.size_lapsed, hundredths(theirs.at("size_lapsed")));
  EXPECT_EQ(ours.size_voided, hundredths(theirs.at("size_voided")));
  EXPECT_NEAR(ours.queue_ahead, theirs.at("piq_left").to_number<double>(), 1e-9);
  EXPECT_EQ(ours.profit, hundredths(theirs.at("profit")));
  expect_fills(ours, theirs.at("matched").as_array());
}

void expect_market(const Replay& ours, const json::object& theirs) {
  std::vector<const Order*> sent;
  for (const Order& order : ours.market->all_orders()) {
    if (!order.bet_id.empty()) sent.push_back(&order);
  }
  std::vector<const json::object*> expected;
  for (const json::value& order : theirs.at("orders").as_array()) {
    if (!order.at("bet_id").is_null()) expected.push_back(&order.as_object());
  }
  ASSERT_EQ(sent.size(), expected.size());
  for (std::size_t i = 0; i < sent.size(); ++i) expect_order(*sent[i], *expected[i]);
  EXPECT_EQ(ours.context.realized, hundredths(theirs.at("profit")));
  EXPECT_EQ(ours.context.commission, hundredths(theirs.at("cleared").at("commission")));
}

class Flumine : public testing::TestWithParam<const char*> {};

TEST_P(Flumine, ResultsAreReproducedOrderByOrder) {
  const std::string shared = shared_folder();
  const std::string reference = shared + "/reference/flumine-results.json";
  if (!exists(reference))
    GTEST_SKIP() << reference << " is not there; set STEWARD_SHARED to the folder that has it";
  const auto text = read_file(reference, 4 << 20);
  ASSERT_TRUE(text) << text.error().text();
  const json::value results = json::parse(*text);
  int compared = 0;
  for (const json::value& result : results.at("results").as_array()) {
    if (result.at("mode").as_string() != GetParam()) continue;
    const std::string file(result.at("file").as_string());
    SCOPED_TRACE(file);
    Replay replay(GetParam());
    const std::string path = shared + "/data/betfair/" + file;
    replay.run(exists(path) ? path : path + ".gz");
    ASSERT_TRUE(replay.market);
    EXPECT_EQ(replay.strategy->books_seen, integer(result.at("books_seen")));
    expect_market(replay, result.at("markets").at(0).as_object());
    ++compared;
  }
  EXPECT_EQ(compared, 4);
}

INSTANTIATE_TEST_SUITE_P(, Flumine,
                         testing::Values("noop", "back_at_lay", "back_at_back", "back_at_lay_100s",
                                         "back_at_back_100s", "it_limit", "it_replace", "it_inplay_lay"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace steward::trading
