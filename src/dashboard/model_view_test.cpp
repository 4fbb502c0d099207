#include "dashboard/model_view.hpp"

#include <gtest/gtest.h>

#include "state/rows.hpp"

namespace steward::dashboard {
namespace {

constexpr WallNs kNow = 1'700'000'000 * kSecond;

/// Two bots: one trades, one is held; and the agent, which is no bot to people.
state::Model sample() {
  state::Model model;
  state::Bot racing;
  racing.name = "racing", racing.state = "ready", racing.pid = 7, racing.state_since = kNow - kSecond;
  model.bots.add(racing);
  state::Bot held;
  held.name = "held", held.state = "held", held.gate_open = false, held.gate_reason = "odd prices";
  model.bots.add(held);
  state::Bot agent;
  agent.name = "agent", agent.state = "ready", agent.pid = 8;
  model.bots.add(agent);
  for (int i = 1; i <= 5; ++i) {
    state::Order order;
    order.bot = "racing", order.strategy = i % 2 == 0 ? "even" : "odd",
    order.customer_order_ref = std::to_string(i);
    order.status = i == 5 ? state::OrderStatus::executable : state::OrderStatus::settled;
    order.ended = i != 5;
    model.orders.add(order);
  }
  model.placed.add({.strategy = "odd", .market_type = "WIN", .count = 3, .bot = "racing"});
  model.placed.add({.strategy = "even", .market_type = "WIN", .count = 2, .bot = "racing"});
  model.profits.add({.bot = "racing",
                     .strategy = "odd",
                     .currency = "GBP",
                     .unrealized = -50,
                     .day_realized = 300,
                     .day_commission = 10});
  model.positions.add({.bot = "racing",
                       .strategy = "odd",
                       .market_id = "1.1",
                       .selection_id = 1,
                       .if_win = 300,
                       .if_lose = -100});
  model.markets.add({.bot = "racing", .market_id = "1.1", .event_name = "Ascot"});
  model.bad_lines.add({.bot = "racing", .file = "f", .reason = "no JSON", .at = kNow - kSecond});
  model.bad_lines.add({.bot = "racing", .file = "g", .reason = "no JSON", .at = kNow - 3600 * kSecond});
  return model;
}

TEST(ModelView, ShowsBotsWithWhatTheirWorkCameTo) {
  Overview overview;
  overview.now = kNow;
  add_model(sample(), overview);
  ASSERT_EQ(overview.bots.size(), 2U);
  EXPECT_EQ(overview.bots[0].bot.name, "held");
  const BotView& racing = overview.bots[1];
  EXPECT_EQ(racing.orders, 5);
  EXPECT_EQ(racing.open_orders, 1);
  EXPECT_EQ(racing.positions, 1);
  EXPECT_EQ(racing.daily_pnl, 240);
  EXPECT_EQ(racing.unrealized, -50);
  EXPECT_EQ(overview.total_orders, 5);
  EXPECT_EQ(overview.active_positions, 1);
  EXPECT_EQ(overview.active_strategies, 2);
  EXPECT_EQ(overview.active_markets, 1);
  EXPECT_EQ(overview.at_risk, 100);
  EXPECT_EQ(overview.daily_pnl.at("GBP"), 240);
  EXPECT_EQ(overview.markets.size(), 1U);
}

TEST(ModelView, TellsHealthWhatItMustKnow) {
  Overview overview;
  overview.now = kNow;
  add_model(sample(), overview);
  EXPECT_EQ(overview.health.recent_bad_lines, 1);
  const Verdict verdict = judge(overview.health);
  EXPECT_EQ(verdict.health, Health::degraded);
  EXPECT_EQ(verdict.reasons.front(), "held is held, its gate is closed: odd prices");
}

TEST(ModelView, ListsChangesNewestFirst) {
  Overview overview;
  overview.now = kNow;
  add_model(sample(), overview);
  ASSERT_GE(overview.changes.size(), 2U);
  for (std::size_t i = 1; i < overview.changes.size(); ++i)
    EXPECT_GE(overview.changes[i - 1].at, overview.changes[i].at);
}

std::vector<std::string> refs(const OrderPage& page) {
  std::vector<std::string> all;
  for (const auto& [id, order] : page.orders) all.push_back(order.customer_order_ref);
  return all;
}

TEST(ModelView, PagesThroughOrdersNewestFirst) {
  const state::Model model = sample();
  const OrderPage first = find_orders(model, {.limit = 2});
  EXPECT_EQ(refs(first), (std::vector<std::string>{"5", "4"}));
  EXPECT_TRUE(first.more);
  const OrderPage second = find_orders(model, {.limit = 3, .after = first.orders.back().first});
  EXPECT_EQ(refs(second), (std::vector<std::string>{"3", "2", "1"}));
  EXPECT_FALSE(second.more);
}

TEST(ModelView, FindsOrdersByStrategyStatusAndBot) {
  const state::Model model = sample();
  EXPECT_EQ(refs(find_orders(model, {.strategy = "even"})), (std::vector<std::string>{"4", "2"}));
  EXPECT_EQ(refs(find_orders(model, {.status = state::OrderStatus::executable})),
            (std::vector<std::string>{"5"}));
  EXPECT_TRUE(find_orders(model, {.bot = "nobody"}).orders.empty());
}

}  // namespace
}  // namespace steward::dashboard
