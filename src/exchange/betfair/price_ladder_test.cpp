#include "exchange/betfair/price_ladder.hpp"

#include <gtest/gtest.h>

#include "exchange/betfair/definition.hpp"

namespace steward::betfair {
namespace {

TEST(PriceLadder, HasTheStepsBetfairNames) {
  EXPECT_EQ(price_at(0), 101);
  EXPECT_EQ(price_at(kTicks - 1), 100'000);
  const std::pair<Price, Price> neighbours[] = {{199, 200},   {200, 202},   {298, 300},    {300, 305},
                                                {395, 400},   {400, 410},   {590, 600},    {600, 620},
                                                {980, 1000},  {1000, 1050}, {1950, 2000},  {2000, 2100},
                                                {3000, 3200}, {5000, 5500}, {10000, 11000}};
  for (const auto& [price, next] : neighbours) {
    ASSERT_TRUE(tick_of(price)) << price;
    EXPECT_EQ(price_at(*tick_of(price) + 1), next);
  }
}

TEST(PriceLadder, EveryTickIsFoundByItsPriceAndNothingBetween) {
  for (int tick = 0; tick < kTicks; ++tick) {
    EXPECT_EQ(tick_of(price_at(tick)), tick);
    EXPECT_EQ(tick_at_or_below(price_at(tick)), tick);
  }
  EXPECT_FALSE(tick_of(201));
  EXPECT_FALSE(tick_of(100));
  EXPECT_FALSE(tick_of(100'001));
  EXPECT_EQ(price_at(tick_at_or_below(2099)), 2000);
  EXPECT_EQ(price_at(-5), 101);
  EXPECT_EQ(price_at(9999), 100'000);
}

TEST(Definition, TimestampsAreReadInOneFormOnly) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:01.002Z"), kSecond + 2 * kMillisecond);
  EXPECT_EQ(parse_timestamp("2024-02-29T23:59:59.999Z"), 1'709'251'199'999 * kMillisecond);
  for (const char* bad : {"2023-02-29T00:00:00.000Z", "2022-04-19T18:26:00Z", "2022-04-19 18:26:00.000Z", "",
                          "2022-13-19T18:26:00.000Z", "2022-04-19T24:26:00.000Z", "9022-04-19T18:26:00.000Z",
                          "-022-04-19T18:26:00.000Z"}) {
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
  }
}

}  // namespace
}  // namespace steward::betfair
