#include "state/exposure.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "state/rows.hpp"

namespace steward::state {
namespace {

Position position(std::int64_t selection, Pence if_win, Pence if_lose) {
  return {.bot = "b",
          .strategy = "s",
          .market_id = "1.1",
          .selection_id = selection,
          .if_win = if_win,
          .if_lose = if_lose};
}

AtRisk at_risk(const std::vector<Position>& positions) {
  Table<Position> table;
  for (const Position& row : positions) table.add(row);
  return state::at_risk(table);
}

TEST(Exposure, OfOneBackIsItsStake) {
  EXPECT_EQ(at_risk({position(1, 300, -100)}).money, 100);
}

TEST(Exposure, OfALayIsItsLiability) {
  EXPECT_EQ(at_risk({position(1, -900, 100)}).money, 900);
}

TEST(Exposure, CountsThatOnlyOneRunnerWins) {
  EXPECT_EQ(at_risk({position(1, -900, 100), position(2, -500, 100)}).money, 800);  // 1 wins: −900 + 100
  EXPECT_EQ(at_risk({position(1, 300, -100), position(2, 300, -100)}).money, 200);  // another wins
  EXPECT_EQ(at_risk({position(1, 50, 50)}).money, 0);                               // green whatever happens
}

TEST(Exposure, DoesNotSetOneMarketOffAgainstAnother) {
  Position other = position(1, 1000, 500);
  other.market_id = "1.2";
  EXPECT_EQ(at_risk({position(1, 300, -100), other}).money, 100);
  EXPECT_EQ(at_risk({}).money, 0);
}

TEST(Exposure, KeepsPaperApartFromMoney) {
  Position paper = position(1, 300, -100);
  paper.simulated = true;
  const AtRisk risk = at_risk({paper, position(1, -900, 100)});
  EXPECT_EQ(risk.money, 900);
  EXPECT_EQ(risk.paper, 100);
}

Order order(bool back, Price price, Pence remaining, const char* type = "LIMIT") {
  Order row;
  row.strategy = "s", row.back = back, row.price = price, row.size_remaining = remaining;
  row.order_type = type, row.status = OrderStatus::executable;
  return row;
}

TEST(Exposure, OfAnOpenOrderIsItsStakeOrItsLiability) {
  EXPECT_EQ(liability(order(true, 350, 200)), 200);
  EXPECT_EQ(liability(order(false, 350, 200)), 500);
  EXPECT_EQ(liability(order(false, 350, 200, "LIMIT_ON_CLOSE")), 200) << "its size is the liability";
  Order ended = order(false, 350, 200);
  ended.ended = true;
  EXPECT_EQ(liability(ended), 0);
  EXPECT_EQ(liability(order(false, 100'000, kMostPence)), kMostPence) << "no overflow";
}

TEST(Exposure, OfAStrategyIsWhatItMatchedAndWhatMayYetMatch) {
  Model model;
  model.positions.add(position(1, -900, 100));
  model.open_orders.insert(model.orders.add(order(false, 350, 200)).id);
  const auto all = exposures(model);
  EXPECT_EQ(all.at("s").money, 1400);
  EXPECT_EQ(all.at("s").paper, 0);
}

RC_GTEST_PROP(ExposureProperty, IsTheWorstOfAllOutcomes, ()) {
  const auto amounts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(-1000, 1000), rc::gen::inRange(-1000, 1000))));
  std::vector<Position> positions;
  for (const auto& [win, lose] : amounts)
    positions.push_back(position(static_cast<std::int64_t>(positions.size()), win, lose));
  Pence worst = INT64_MAX;
  for (std::size_t winner = 0; winner <= positions.size();
       ++winner) {  // the last one: a runner without a bet
    Pence sum = 0;
    for (std::size_t i = 0; i < positions.size(); ++i)
      sum += i == winner ? positions[i].if_win : positions[i].if_lose;
    worst = std::min(worst, sum);
  }
  RC_ASSERT(at_risk(positions).money == std::max<Pence>(0, -worst));
}

}  // namespace
}  // namespace steward::state
