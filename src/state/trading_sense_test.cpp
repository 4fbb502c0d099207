#include "state/trading_sense.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "journal/decoder.hpp"
#include "state/fold.hpp"
#include "state/rows.hpp"

namespace steward::state {
namespace {

constexpr WallNs kNoon = 20'000 * 24 * kHour + 12 * kHour;
constexpr const char* kRun = "01ARZ3NDEKTSV4RRFFQ69G5FA1";

class TradingSenseTest : public testing::Test {
 protected:
  TradingSenseTest() : fold_(model_, *TradingDay::in("UTC")) { fold_.set_now(now_); }

  /// Time goes on to `at` and the bot writes `json` (without braces).
  void say(WallNs at, const std::string& json, const char* bot = "racing") {
    now_ = std::max(now_, at);
    fold_.set_now(now_);
    std::string line = fmt::format(R"({{"t":{},{}}})", at, json);
    const std::size_t size = line.size();
    line.resize(size + journal::Decoder::kPadding);
    const journal::Event* event = decoder_.decode({line.data(), size});
    ASSERT_NE(event, nullptr) << json << ": " << decoder_.reason();
    fold_.apply(bot, kRun, *event, at);
  }
  void order(WallNs at, const std::string& type, const std::string& ref, const std::string& rest = "") {
    say(at, fmt::format(R"("type":"order.{}","customer_order_ref":"{}"{})", type, ref, rest));
  }
  void pnl(WallNs at, const std::string& amounts) { say(at, R"("type":"pnl","market_id":"1.1",)" + amounts); }
  StrategySense sense(WallNs now) const {
    auto all = trading_sense(model_, now);
    return all.contains("racing") ? all.at("racing") : StrategySense{};
  }

  Model model_;
  Fold fold_;
  journal::Decoder decoder_;
  WallNs now_ = kNoon;
};

constexpr const char* kLay = R"(,"market_id":"1.1","selection_id":7,"side":"LAY","price":3,"size":10)";

TEST_F(TradingSenseTest, KnowsWhatIsOpenSinceWhenAndWhetherInPlay) {
  order(kNoon, "intent", "a", kLay);
  order(kNoon + kSecond, "intent", "b", kLay);
  order(kNoon + kSecond, "unknown", "b");
  EXPECT_EQ(sense(kNoon).open_orders, 1);
  EXPECT_EQ(sense(kNoon).unknown_orders, 1);
  EXPECT_EQ(sense(kNoon).oldest_unmatched, kNoon);
  EXPECT_EQ(sense(kNoon).in_play_orders, 0);
  EXPECT_EQ(sense(kNoon).at_risk.money, 4000);
  say(kNoon + 2 * kSecond, R"("type":"market.status","market_id":"1.1","in_play":true)");
  EXPECT_EQ(sense(kNoon).in_play_orders, 2);
  order(kNoon + 3 * kSecond, "matched", "a", R"(,"size_matched":10)");
  EXPECT_EQ(sense(kNoon).oldest_unmatched, kNoon + kSecond);
  say(kNoon + 4 * kSecond, R"("type":"market.closed","market_id":"1.1")");
  EXPECT_EQ(sense(kNoon).unknown_orders, 0);
  EXPECT_EQ(sense(kNoon).oldest_unmatched, 0);
  EXPECT_EQ(sense(kNoon).at_risk.money, 0);
}

TEST_F(TradingSenseTest, ARefusalCountsOnceAndAsATransaction) {
  order(kNoon, "intent", "a", kLay);
  order(kNoon, "rejected", "a"), order(kNoon, "rejected", "a");
  order(kNoon, "placed", "b");
  order(kNoon, "placed", "paper", R"(,"simulated":true)");
  EXPECT_EQ(sense(kNoon).rejected, 1);
  EXPECT_EQ(transactions_of_hour(model_, kNoon + 59 * 60 * kSecond), 2);
  EXPECT_EQ(transactions_of_hour(model_, kNoon + kHour), 0);
}

TEST_F(TradingSenseTest, LatencyIsThatOfTheLastFiveMinutes) {
  for (int i = 0; i < 98; ++i) order(kNoon, "placed", fmt::format("{}", i), R"(,"latency_ns":20000000)");
  for (int i = 98; i < 100; ++i) order(kNoon, "placed", fmt::format("{}", i), R"(,"latency_ns":900000000)");
  const auto now = sense(kNoon).latency;
  EXPECT_NEAR(static_cast<double>(now.quantile(0.5).value()), 20e6, 3e6);
  EXPECT_NEAR(static_cast<double>(now.quantile(0.99).value()), 900e6, 135e6);
  EXPECT_EQ(sense(kNoon + 200 * kSecond).latency.count(), 100);
  EXPECT_FALSE(sense(kNoon + 301 * kSecond).latency.quantile(0.5));
}

TEST_F(TradingSenseTest, DrawdownIsFromTheHighOfTheDay) {
  pnl(kNoon, R"("unrealized":50)");
  EXPECT_EQ(sense(kNoon).drawdown, 0);
  pnl(kNoon + 1, R"("unrealized":-20)");
  EXPECT_EQ(sense(kNoon).drawdown, 7000);
  pnl(kNoon + 2, R"("unrealized":30)");
  EXPECT_EQ(sense(kNoon).drawdown, 2000);
  pnl(kNoon + 14 * kHour, R"("unrealized":25)");
  EXPECT_EQ(sense(now_).drawdown, 500) << "the next day began at 30";
  say(kNoon, R"("type":"pnl","market_id":"1.2","realized":-9)");
  EXPECT_EQ(sense(now_).drawdown, 500) << "what was lost yesterday and told late is not of today";
  fold_.set_now(now_ += 24 * kHour);
  EXPECT_EQ(sense(now_).drawdown, 0) << "nothing was heard on the day after";
}

TEST_F(TradingSenseTest, ASettlementIsNoHighThatIsLostWhenTheMarketCloses) {
  pnl(kNoon, R"("unrealized":40)");
  pnl(kNoon + 1, R"("realized":42)");
  say(kNoon + 2, R"("type":"market.closed","market_id":"1.1")");
  EXPECT_EQ(sense(kNoon).drawdown, 0);
}

TEST_F(TradingSenseTest, TheUsualIsTheMedianOfTheDaysBefore) {
  int number = 0;
  const auto place = [&](WallNs at, int count) {
    for (int i = 0; i < count; ++i) order(at, "placed", fmt::format("{}", number++));
  };
  const auto day = [](int days) { return kNoon + days * 24 * kHour; };
  place(day(0), 10), place(day(1), 10), place(day(2), 300);
  const WallNs end = day(3) + kHour - 1;
  EXPECT_FALSE(sense(day(2) + kHour).usual_ratio) << "two days are no baseline";
  place(day(3), 43);
  ASSERT_TRUE(sense(end).usual_ratio);
  EXPECT_NEAR(*sense(end).usual_ratio, 4, 0.01);
  EXPECT_NEAR(*sense(day(3) + 12 * kHour).usual_ratio, 1, 0.01) << "nobody trades at midnight";
  for (int later = 4; later < 40; ++later) place(day(later), 1);
  EXPECT_LE(model_.hours.size(), 8U) << "forgotten after a week";
}

RC_GTEST_PROP(LatencyProperty, AQuantileIsAtMost15PercentTooLarge, ()) {
  auto all = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(kMicrosecond, 60 * kSecond)));
  LatencyBuckets buckets;
  for (const std::int64_t ns : all) buckets.add(ns);
  std::ranges::sort(all);
  for (const double part : {0.5, 0.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(all.size())));
    const auto exact = static_cast<double>(all[rank - 1]);
    const auto told = static_cast<double>(buckets.quantile(part).value());
    RC_ASSERT(told >= exact * 0.999);
    RC_ASSERT(told <= exact * 1.15);
  }
}

}  // namespace
}  // namespace steward::state
