#include "trading/matching.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "trading/positions.hpp"
#include "trading/stream_text_test.hpp"

namespace steward::trading {
namespace {

using test::definition;
using test::line;

struct Market {
  test::TextStream stream;
  MarketBook book{"1.1"};
  Market(std::string_view status = "OPEN") {
    feed(line(
        1, definition(status, 1) +
               R"(,"rc":[{"atb":[[3,4],[2.9,2]],"atl":[[3.2,5],[3.3,10]],"trd":[[3,100]],"ltp":3,"id":1}])"));
  }
  void feed(const std::string& text) {
    const betfair::StreamMessage* message = stream.decode(text);
    ASSERT_TRUE(message) << text;
    for (const auto& change : message->markets) book.apply(change, message->publish_time);
  }
  void match(Order& order) {
    const RunnerBook* runner = book.runner(order.request.selection_id, 0);
    auto traded = traded_since(*runner);
    match_order(order, book, *runner, traded);
  }
};

Order order(Side side, Price price, Pence size, Persistence persistence = Persistence::lapse) {
  Order made;
  made.request = {1, 0, side, price, size, persistence};
  return made;
}

TEST(Matching, TakesLevelsAtTheirOwnPricesUpToTheLimit) {
  const Market market;
  Order back = order(Side::back, 290, 1000);
  EXPECT_EQ(place_order(back, market.book), "");
  ASSERT_EQ(back.fills.size(), 2U);
  EXPECT_EQ(back.fills[0].price, 300);
  EXPECT_EQ(back.fills[1].price, 290);
  EXPECT_EQ(back.size_matched, 600);
  EXPECT_EQ(back.average_price_matched, 297);
  EXPECT_EQ(back.size_remaining(), 400);
  EXPECT_EQ(back.queue_ahead, 0);
}

TEST(Matching, QueuesBehindTheMoneyAtItsPrice) {
  Market market;
  Order back = order(Side::back, 320, 200);
  EXPECT_EQ(place_order(back, market.book), "");
  EXPECT_EQ(back.size_matched, 0);
  EXPECT_EQ(back.queue_ahead, 5);
  market.feed(line(2, R"("rc":[{"trd":[[3.2,8]],"id":1}])"));  // 4 of the other side: the queue is 1
  market.match(back);
  EXPECT_EQ(back.size_matched, 0);
  EXPECT_EQ(back.queue_ahead, 1);
  market.feed(line(3, R"("rc":[{"trd":[[3.25,5]],"id":1}])"));  // above the limit: 2.50 more
  market.match(back);
  EXPECT_EQ(back.size_matched, 150);
  EXPECT_EQ(back.average_price_matched, 320);
  market.feed(line(4, R"("rc":[{"trd":[[3.1,50]],"id":1}])"));  // below the limit: not for a back
  market.match(back);
  EXPECT_EQ(back.size_matched, 150);
}

TEST(Matching, TwoOrdersDoNotMatchTheSameMoney) {
  Market market;
  Order first = order(Side::lay, 250, 200), second = order(Side::lay, 250, 200);
  place_order(first, market.book);
  place_order(second, market.book);
  market.feed(line(2, R"("rc":[{"trd":[[2.5,6]],"id":1}])"));
  const RunnerBook* runner = market.book.runner(1, 0);
  auto traded = traded_since(*runner);
  match_order(first, market.book, *runner, traded);
  match_order(second, market.book, *runner, traded);
  EXPECT_EQ(first.size_matched, 200);
  EXPECT_EQ(second.size_matched, 100);
}

TEST(Matching, WhatIsLeftLapsesWhenTheMarketIsSuspended) {
  Market market;
  Order lapsing = order(Side::back, 400, 200), persisting = order(Side::back, 400, 200, Persistence::persist);
  place_order(lapsing, market.book);
  place_order(persisting, market.book);
  market.feed(line(2, definition("OPEN", 2)));  // a new version alone changes nothing
  market.match(lapsing);
  EXPECT_EQ(lapsing.size_lapsed, 0);
  market.feed(line(3, definition("SUSPENDED", 3)));
  market.match(lapsing);
  market.match(persisting);
  EXPECT_EQ(lapsing.size_lapsed, 200);
  EXPECT_EQ(persisting.size_lapsed, 0);
}

TEST(Matching, RefusesWithTheExchangesWords) {
  Order late = order(Side::back, 300, 200);
  EXPECT_EQ(place_order(late, Market("SUSPENDED").book), "ERROR_IN_ORDER");
  EXPECT_EQ(late.size_voided, 200);
  Market market;
  Order stranger = order(Side::back, 300, 200);
  stranger.request.selection_id = 77;
  EXPECT_EQ(place_order(stranger, market.book), "INVALID_RUNNER");
  market.feed(line(2, definition("OPEN", 2, "", "REMOVED")));
  Order removed = order(Side::back, 300, 200);
  EXPECT_EQ(place_order(removed, market.book), "RUNNER_REMOVED");
  market.feed(line(3, definition("OPEN", 3, R"(,"inPlay":true)")));
  Order closing = order(Side::back, 300, 200, Persistence::market_on_close);
  EXPECT_EQ(place_order(closing, market.book), "BET_ACTION_ERROR");
}

TEST(Matching, TheRemainderTakesTheStartingPrice) {
  Market market;
  Order back = order(Side::back, 1000, 400, Persistence::market_on_close);
  Order small_lay = order(Side::lay, 150, 400, Persistence::market_on_close);
  Order lay = order(Side::lay, 250, 2000, Persistence::market_on_close);
  for (Order* each : {&back, &small_lay, &lay}) EXPECT_EQ(place_order(*each, market.book), "");
  market.feed(line(2, definition("SUSPENDED", 2, R"(,"bspReconciled":true)")));
  for (Order* each : {&back, &small_lay, &lay}) market.match(*each);
  EXPECT_EQ(back.size_matched, 400);
  EXPECT_EQ(back.average_price_matched, 300);
  EXPECT_EQ(small_lay.size_lapsed, 400);  // a liability of 2 is below the least
  EXPECT_EQ(lay.size_matched, 1500);      // 30 at risk at 3.0
  EXPECT_EQ(lay.size_cancelled, 500);
}

TEST(Matching, AWithdrawalReducesPricesOrVoids) {
  Market market;
  Order back = order(Side::back, 290, 600);
  place_order(back, market.book);
  reduce_prices(back, 249);
  EXPECT_EQ(back.average_price_matched, 297);
  reduce_prices(back, 2000);
  EXPECT_EQ(back.fills[0].price, 240);
  EXPECT_EQ(back.fills[1].price, 232);
  EXPECT_EQ(back.average_price_matched, 237);
  void_order(back);
  EXPECT_EQ(back.size_matched, 0);
  EXPECT_EQ(back.size_remaining(), 0);
}

Pence profit_of(Side side, std::string_view first, std::string_view second, std::string_view more = "") {
  Market market;
  market.feed(line(9, definition("CLOSED", 9, more, first, second)));
  Order bet = order(side, 300, 400);
  bet.size_matched = 400, bet.average_price_matched = 300;
  return settled_profit(bet, market.book.definition());
}

TEST(Matching, SettlesWinnersLosersAndDeadHeats) {
  EXPECT_EQ(profit_of(Side::back, "WINNER", "LOSER"), 800);
  EXPECT_EQ(profit_of(Side::lay, "WINNER", "LOSER"), -800);
  EXPECT_EQ(profit_of(Side::back, "LOSER", "WINNER"), -400);
  EXPECT_EQ(profit_of(Side::lay, "LOSER", "WINNER"), 400);
  EXPECT_EQ(profit_of(Side::back, "WINNER", "WINNER"), 200);  // half at 3.0, half lost
  EXPECT_EQ(profit_of(Side::back, "REMOVED", "WINNER"), 0);
}

TEST(Matching, CommissionIsOnProfitsAlone) {
  EXPECT_EQ(commission_on(3400, 500), 170);
  EXPECT_EQ(commission_on(530, 500), 27);
  EXPECT_EQ(commission_on(-500, 500), 0);
  EXPECT_EQ(commission_on(1000, 0), 0);
}

TEST(Matching, RoundsAsPythonDoes) {
  EXPECT_EQ(round_pence(2.675), 267);
  EXPECT_EQ(round_pence(0.125), 12);
  EXPECT_EQ(round_pence(-0.375), -38);
  EXPECT_EQ(round_pence(0), 0);
}

RC_GTEST_PROP(Matching, NeverMatchesMoreThanWasAskedOrTraded, ()) {
  Market market;
  Order bet = order(*rc::gen::element(Side::back, Side::lay), *rc::gen::inRange<Price>(250, 360),
                    *rc::gen::inRange<Pence>(1, 3000));
  place_order(bet, market.book);
  const Pence taken = bet.size_matched;
  Pence volume = 0;
  const auto trades = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(200, 400), rc::gen::inRange(1, 5000)));
  std::map<int, int> traded;
  std::int64_t time = 2;
  for (const auto& [price, size] : trades) {
    volume += size;
    traded[price] += size;
    // A price never traded before counts whole, so the level of 3.00 starts from its 100.
    const int shown = traded[price] + (price == 300 ? 10'000 : 0);
    market.feed(line(time++, fmt::format(R"("rc":[{{"trd":[[{},{}]],"id":1}}])", format_hundredths(price),
                                         format_hundredths(shown))));
    market.match(bet);
  }
  RC_ASSERT(bet.size_remaining() >= 0);
  RC_ASSERT(bet.size_matched <= bet.request.size);
  // Half of each trade is the other side's; each match may gain at most half a penny by rounding.
  RC_ASSERT(bet.size_matched - taken <= volume / 2 + static_cast<Pence>(trades.size()));
}

TEST(Positions, AddUpWhatEachOutcomeMakes) {
  std::deque<Order> orders{order(Side::back, 300, 400), order(Side::lay, 250, 200),
                           order(Side::back, 500, 200)};
  orders[0].size_matched = 400, orders[0].average_price_matched = 300;
  orders[1].size_matched = 200, orders[1].average_price_matched = 250;
  EXPECT_EQ(exposure_on(orders, 1, 0), (Exposure{500, -200}));
  EXPECT_EQ(exposure_on(orders, 2, 0), (Exposure{}));
}

TEST(Positions, AreWorthWhatClosingThemNowWouldMake) {
  const Market market;
  const RunnerBook& runner = *market.book.runner(1, 0);
  EXPECT_EQ(unrealized({800, -400}, runner), -25);  // laying 3.75 at 3.20 leaves 25 less on both
  EXPECT_EQ(unrealized({-800, 400}, runner), 0);    // backing 4 at 3.00
  EXPECT_EQ(unrealized({70, 70}, runner), 70);
  const RunnerBook empty;
  EXPECT_EQ(unrealized({800, -400}, empty), -400);
}

}  // namespace
}  // namespace steward::trading
