#include "state/fold.hpp"

#include <gtest/gtest.h>

#include "journal/decoder.hpp"
#include "state/rows.hpp"

namespace steward::state {
namespace {

constexpr WallNs kDay = 24 * 3600 * kSecond;
constexpr WallNs kNoon = 20'000 * kDay + kDay / 2;
constexpr const char* kRun1 = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
constexpr const char* kRun2 = "01ARZ3NDEKTSV4RRFFQ69G5FA2";

class FoldTest : public testing::Test {
 protected:
  FoldTest() : fold_(model_, *TradingDay::in("UTC")) { fold_.set_now(kNoon); }

  /// `json` is an event's text without braces.
  void say(const std::string& json, const char* bot = "racing", const char* run = kRun1) {
    std::string line = "{" + json + "}";
    const std::size_t size = line.size();
    line.resize(size + journal::Decoder::kPadding);
    const journal::Event* event = decoder_.decode({line.data(), size});
    ASSERT_NE(event, nullptr) << json << ": " << decoder_.reason();
    fold_.apply(bot, run, *event, kNoon);
  }
  void order(const std::string& type, const std::string& rest = "", const char* run = kRun1) {
    say(fmt::format(R"("type":"order.{}","customer_order_ref":"r"{})", type, rest), "racing", run);
  }
  const Order& the_order() const { return model_.orders.rows().begin()->second.row; }
  const Profit& profit(const char* strategy = "racing") const {
    return model_.profits.find(key_from(std::string_view("racing"), std::string_view(strategy)))->row;
  }
  const Bot& bot() const { return *model_.bot("racing"); }

  Model model_;
  Fold fold_;
  journal::Decoder decoder_;
};

constexpr const char* kIntent =
    R"(,"market_id":"1.1","selection_id":7,"side":"LAY","price":3.5,"size":10,"market_type":"WIN")";

TEST_F(FoldTest, an_order_lives_from_intent_to_settlement) {
  order("intent", kIntent);
  EXPECT_EQ(the_order().status, OrderStatus::intent);
  EXPECT_EQ(the_order().size_remaining, 1000);
  EXPECT_FALSE(the_order().back);
  order("placed", R"(,"bet_id":"9","latency_ns":600000)");
  EXPECT_EQ(the_order().status, OrderStatus::executable);
  order("matched", R"(,"size_matched":4,"average_price_matched":3.45)");
  EXPECT_EQ(the_order().size_remaining, 600);
  EXPECT_EQ(the_order().average_price_matched, 345);
  order("cancelled", R"(,"size_cancelled":6)");
  EXPECT_EQ(the_order().status, OrderStatus::complete);
  EXPECT_FALSE(the_order().ended) << "matched bets wait for settlement";
  order("settled", R"(,"profit":-10)");
  EXPECT_EQ(the_order().status, OrderStatus::settled);
  EXPECT_EQ(the_order().profit, -1000);
  EXPECT_TRUE(the_order().ended);
}

TEST_F(FoldTest, placed_counts_once_by_strategy_and_market_type) {
  order("intent", kIntent);
  order("placed");
  order("placed");
  say(R"("type":"market.opened","market_id":"1.2","market_type":"PLACE")");
  say(R"("type":"order.placed","customer_order_ref":"s","market_id":"1.2","strategy":"alpha")");
  const auto placed = model_.orders_placed();
  EXPECT_EQ(placed.at({"racing", "WIN"}), 1);
  EXPECT_EQ(placed.at({"alpha", "PLACE"}), 1);
  EXPECT_EQ(model_.total_orders(), 2);
}

TEST_F(FoldTest, answers_are_timed_once_in_their_bucket) {
  order("placed", R"(,"latency_ns":600000)");
  order("matched", R"(,"latency_ns":700000,"size_matched":1)");
  say(R"("type":"order.rejected","customer_order_ref":"s","latency_ns":7000000000)");
  const Latency latency = model_.latency();
  EXPECT_EQ(latency.count, 2);
  EXPECT_EQ(latency.sum_ns, 7'000'600'000);
  EXPECT_EQ(latency.buckets[3], 1);
  EXPECT_EQ(latency.buckets.back(), 1);
}

TEST_F(FoldTest, an_unknown_order_stays_open_over_its_run) {
  order("intent", kIntent);
  order("unknown");
  fold_.end_run("racing", kRun1, kNoon);
  EXPECT_EQ(the_order().status, OrderStatus::unknown);
  EXPECT_FALSE(the_order().ended);
  order("matched", R"(,"size_matched":10)", kRun2);
  EXPECT_EQ(the_order().status, OrderStatus::complete);
  order("settled", "", kRun2);
  EXPECT_TRUE(the_order().ended);
}

TEST_F(FoldTest, a_lapse_without_figures_takes_all_that_was_left) {
  order("intent", kIntent);
  order("placed");
  order("lapsed");
  EXPECT_EQ(the_order().size_lapsed, 1000);
  EXPECT_TRUE(the_order().ended) << "nothing remains and nothing was matched";
}

TEST_F(FoldTest, what_is_simulated_ends_with_its_run) {
  order("intent", std::string(kIntent) + R"(,"simulated":true)");
  say(R"("type":"position","market_id":"1.1","selection_id":7,"if_win":5,"if_lose":-1,"simulated":true)");
  say(R"("type":"position","market_id":"1.1","selection_id":8,"if_win":5,"if_lose":-1)");
  say(R"("type":"pnl","market_id":"1.1","realized":3,"unrealized":2,"simulated":true)");
  EXPECT_EQ(profit().day(), 500);
  fold_.end_run("racing", kRun1, kNoon);
  EXPECT_TRUE(the_order().ended);
  EXPECT_EQ(model_.positions.size(), 1U);
  EXPECT_EQ(profit().unrealized, 0);
  EXPECT_EQ(profit().day(), 300);
  say(R"("type":"pnl","market_id":"1.1","realized":1,"simulated":true)", "racing", kRun2);
  EXPECT_EQ(profit().realized, 400) << "another simulation of the market adds to the first";
}

TEST_F(FoldTest, a_closed_market_ends_its_orders_positions_and_unrealized_profit_of_that_bot_only) {
  order("intent", kIntent);
  say(R"("type":"position","market_id":"1.1","selection_id":7,"if_win":5,"if_lose":-1)");
  say(R"("type":"position","market_id":"1.1","selection_id":7,"if_win":5,"if_lose":-1)", "other");
  say(R"("type":"pnl","market_id":"1.1","realized":3,"commission":0.15,"unrealized":2)");
  EXPECT_EQ(model_.active_positions().at("racing"), 1);
  say(R"("type":"market.closed","market_id":"1.1")");
  EXPECT_TRUE(the_order().ended);
  EXPECT_EQ(model_.active_positions().at("racing"), 0);
  EXPECT_EQ(model_.active_positions().at("other"), 1);
  EXPECT_EQ(profit().unrealized, 0);
  EXPECT_EQ(profit().day(), 285);
  say(R"("type":"position","market_id":"1.1","selection_id":7,"if_win":5,"if_lose":-1)");
  EXPECT_EQ(model_.active_positions().at("racing"), 0) << "a late line does not bring it back";
}

TEST_F(FoldTest, market_values_are_absolute_over_runs) {
  say(R"("type":"pnl","market_id":"1.1","realized":3)");
  fold_.end_run("racing", kRun1, kNoon);
  say(R"("type":"pnl","market_id":"1.1","realized":5)", "racing", kRun2);
  EXPECT_EQ(profit().realized, 500);
}

TEST_F(FoldTest, whole_run_values_add_up_over_runs_and_replace_those_of_markets) {
  say(R"("type":"pnl","market_id":"1.1","realized":3)");
  say(R"("type":"pnl","realized":10,"unrealized":1,"currency":"GBP")");
  say(R"("type":"pnl","market_id":"1.2","realized":4)");
  EXPECT_EQ(profit().realized, 1000);
  fold_.end_run("racing", kRun1, kNoon);
  say(R"("type":"pnl","realized":-2)", "racing", kRun2);
  EXPECT_EQ(profit().realized, 800);
  EXPECT_EQ(profit().unrealized, 0);
  EXPECT_EQ(model_.daily_pnl().at("GBP"), 800);
}

TEST_F(FoldTest, the_day_begins_again_at_midnight_and_late_lines_count_on_their_own_day) {
  say(fmt::format(R"("type":"pnl","market_id":"1.1","realized":3,"t":{})", kNoon));
  fold_.set_now(kNoon + kDay);
  EXPECT_EQ(profit().day(), 0);
  say(fmt::format(R"("type":"pnl","market_id":"1.1","realized":4,"t":{})", kNoon));
  say(fmt::format(R"("type":"pnl","market_id":"1.1","realized":6,"t":{})", kNoon + kDay));
  EXPECT_EQ(profit().day(), 200);
  fold_.set_now(kNoon);  // the clock was set back
  EXPECT_EQ(profit().day(), 400);
  EXPECT_EQ(profit().realized, 600);
}

TEST_F(FoldTest, counters_only_grow_and_gauges_end_with_their_run) {
  const auto metric = [&](const char* kind, double value, const char* run) {
    say(fmt::format(R"("type":"metric","name":"{}s","kind":"{}","value":{},"labels":{{"a":"b"}})", kind, kind,
                    value),
        "racing", run);
  };
  const auto value = [&](const std::string& name) -> double {
    for (const auto& [id, entry] : model_.series.rows()) {
      if (entry.row.name == name) return entry.row.value;
    }
    return -1;
  };
  metric("counter", 5, kRun1), metric("counter", 8, kRun1), metric("gauge", 3, kRun1);
  EXPECT_EQ(value("counters"), 8);
  fold_.end_run("racing", kRun1, kNoon);
  EXPECT_EQ(value("gauges"), -1);
  EXPECT_EQ(value("counters"), 8);
  metric("counter", 2, kRun2), metric("gauge", 4, kRun2);
  EXPECT_EQ(value("counters"), 10);
  EXPECT_EQ(value("gauges"), 4);
}

TEST_F(FoldTest, too_many_series_strategies_and_codes_are_bounded) {
  for (std::size_t i = 0; i < kMostSeries + 3; ++i)
    say(fmt::format(R"("type":"metric","name":"m{}","value":1)", i));
  EXPECT_EQ(model_.series.size(), kMostSeries);
  EXPECT_EQ(bot().series_refused, 3);
  for (std::size_t i = 0; i < kMostStrategies + 20; ++i) {
    say(fmt::format(R"("type":"order.placed","customer_order_ref":"{}","strategy":"s{}")", i, i));
  }
  EXPECT_LE(model_.placed.size(), kMostStrategies + 1);
  EXPECT_EQ(model_.total_orders(), static_cast<std::int64_t>(kMostStrategies) + 20);
  for (std::size_t i = 0; i < kMostErrorCodes + 9; ++i) say(fmt::format(R"("type":"error","code":"E{}")", i));
  EXPECT_EQ(bot().errors.at("other"), 9);
}

TEST_F(FoldTest, only_the_newest_ended_orders_stay) {
  for (std::size_t i = 0; i < kEndedOrders + 5; ++i) {
    say(fmt::format(R"("type":"order.placed","customer_order_ref":"{}")", i));
    say(fmt::format(R"("type":"order.settled","customer_order_ref":"{}")", i));
  }
  EXPECT_EQ(model_.orders.size(), kEndedOrders);
  EXPECT_EQ(model_.orders.rows().begin()->second.row.customer_order_ref, "5");
  EXPECT_EQ(model_.total_orders(), static_cast<std::int64_t>(kEndedOrders) + 5);
}

TEST_F(FoldTest, the_keepers_journal_tells_a_bots_life) {
  const auto keeper = [&](const std::string& json) { say(json, "keeper"); };
  keeper(R"("type":"keeper.started","t":5,"pid":1,"version":"0.1.0","how":"fresh")");
  keeper(
      fmt::format(R"("type":"bot.started","t":10,"bot":"racing","run":"{}","pid":77,"restarts":2)", kRun1));
  keeper(R"("type":"bot.state","t":11,"bot":"racing","state":"ready","pid":77,"restarts":2)");
  keeper(R"("type":"bot.output","bot":"racing","lines_dropped":5)");
  keeper(R"("type":"gate","bot":"racing","open":false,"epoch":4,"reason":"daily loss")");
  EXPECT_EQ(bot().state, "ready");
  EXPECT_EQ(bot().state_since, 11);
  EXPECT_EQ(bot().started_at, 10);
  EXPECT_EQ(bot().pid, 77);
  EXPECT_FALSE(bot().gate_open);
  const std::string exited = fmt::format(
      R"("type":"bot.exited","t":20,"bot":"racing","run":"{}","signal":9,"watchdog":true)", kRun1);
  keeper(exited), keeper(exited);
  EXPECT_EQ(bot().exits.at("SIGKILL"), 1) << "told twice, it counts once";
  EXPECT_EQ(bot().watchdog_missed, 1);
  EXPECT_EQ(bot().pid, 0);
  keeper(
      fmt::format(R"("type":"bot.started","t":30,"bot":"racing","run":"{}","pid":78,"restarts":3)", kRun2));
  keeper(R"("type":"bot.output","bot":"racing","lines_dropped":2)");
  EXPECT_EQ(bot().output_lines_dropped, 7);
  EXPECT_EQ(bot().restarts, 3);
  keeper(R"("type":"keeper.trouble","what":"disk","text":"full")");
  EXPECT_EQ(model_.keeper()->troubles.at("disk"), "full");
  keeper(R"("type":"keeper.trouble","what":"disk","over":true)");
  EXPECT_TRUE(model_.keeper()->troubles.empty());
  keeper(R"("type":"bot.removed","bot":"racing")");
  EXPECT_TRUE(bot().removed);
}

TEST_F(FoldTest, a_scraped_bots_next_run_adds_to_what_the_one_before_came_to) {
  const auto scrape = [&](const char* run, std::int64_t count) {
    Scraped scraped{.bot = "racing", .run = run};
    scraped.placed.push_back({"alpha", "WIN", count, {}, 0, 0});
    scraped.series.push_back(
        {.bot = "racing", .name = "turns_total", .value = static_cast<double>(count), .counter = true});
    scraped.latency.emplace().count = count;
    fold_.scraped(scraped);
  };
  const auto expect_all = [&](std::int64_t count) {
    EXPECT_EQ(model_.total_orders(), count);
    EXPECT_EQ(model_.series.rows().begin()->second.row.value, count);
    EXPECT_EQ(model_.latency().count, count);
  };
  const auto starts = [&](const char* run) {
    say(fmt::format(R"("type":"bot.started","bot":"racing","run":"{}","pid":7)", run), "keeper", kRun1);
  };
  starts(kRun1);
  scrape(kRun1, 3);
  starts(kRun1);  // adopted by the next keeper
  scrape(kRun1, 3);
  expect_all(3);
  starts(kRun2);
  scrape(kRun2, 3);  // as many as before, and yet other ones
  expect_all(6);
  scrape(kRun1, 3);  // an answer that came late
  expect_all(6);
}

TEST_F(FoldTest, a_bot_cannot_speak_for_the_keeper) {
  say(fmt::format(R"("type":"bot.exited","bot":"other","run":"{}")", kRun1));
  EXPECT_EQ(model_.bot("other"), nullptr);
  EXPECT_EQ(bot().journal_unknown, 1);
}

TEST_F(FoldTest, notes_and_errors_are_kept_newest_last) {
  for (std::size_t i = 0; i < kNotes + 1; ++i) say(fmt::format(R"("type":"note","text":"n{}")", i));
  say(R"("type":"error","code":"E","text":"went wrong")");
  EXPECT_EQ(model_.notes.size(), kNotes);
  EXPECT_EQ(model_.notes.rows().begin()->second.row.text, "n2");
  EXPECT_EQ(model_.notes.rows().rbegin()->second.row.text, "went wrong");
  EXPECT_EQ(model_.notes.rows().rbegin()->second.row.level, "error");
}

TEST_F(FoldTest, markets_leave_when_no_run_follows_them) {
  say(R"("type":"market.opened","market_id":"1.1","market_name":"5f Hcap","version":12)");
  say(R"("type":"market.status","market_id":"1.1","status":"OPEN","in_play":true)");
  EXPECT_EQ(model_.active_markets(), 1);
  fold_.end_run("racing", kRun1, kNoon);
  EXPECT_EQ(model_.active_markets(), 0);
  say(R"("type":"market.status","market_id":"1.1","status":"SUSPENDED")", "racing", kRun2);
  EXPECT_EQ(model_.active_markets(), 1);
  say(R"("type":"market.closed","market_id":"1.1")", "racing", kRun2);
  EXPECT_EQ(model_.active_markets(), 0);
  for (std::size_t i = 0; i < kEndedMarkets; ++i)
    say(fmt::format(R"("type":"market.closed","market_id":"2.{}")", i));
  EXPECT_EQ(model_.markets.size(), kEndedMarkets);
}

}  // namespace
}  // namespace steward::state
