#include "base/trend.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steward {
namespace {

constexpr std::int64_t kWindow = 900 * kSecond;

TEST(Trend, IsSilentUntilASixthOfItsWindowWasSeen) {
  Trend trend(kWindow);
  MonoNs now = kSecond;
  for (; now < kSecond + kWindow / 6; now += kSecond) {
    trend.add(now, now / kSecond);
    EXPECT_FALSE(trend.per_second());
  }
  for (int i = 0; i < 20; ++i, now += kSecond) trend.add(now, now / kSecond);
  ASSERT_TRUE(trend.per_second());
  EXPECT_DOUBLE_EQ(*trend.per_second(), 1);
}

TEST(Trend, ABurstOfLessThanAQuarterDoesNotMoveIt) {
  Trend trend(kWindow);
  for (int second = 1; second <= 900; ++second)
    trend.add(second * kSecond, second > 500 && second < 690 ? 5'000'000 : 1000);
  EXPECT_EQ(trend.per_second(), 0.0);
}

TEST(Trend, LooksFarApartAreNoTrend) {
  Trend trend(kWindow);
  for (int second = 1; second <= 300; ++second) trend.add(second * kSecond, second);
  ASSERT_TRUE(trend.per_second());
  trend.add(7200 * kSecond, 100'000);  // the machine slept
  EXPECT_FALSE(trend.per_second());
}

RC_GTEST_PROP(TrendProperty, FindsTheSlopeOfALineThroughNoise, ()) {
  const std::int64_t slope = *rc::gen::inRange<std::int64_t>(-1000, 1000);
  const auto noise = *rc::gen::container<std::vector<int>>(1500, rc::gen::inRange(-50, 50));
  Trend trend(kWindow);
  MonoNs now = kSecond;
  for (const int off : noise) {
    now += kSecond;
    trend.add(now, slope * (now / kSecond) + off);
  }
  RC_ASSERT(trend.per_second().has_value());
  RC_ASSERT(std::abs(*trend.per_second() - static_cast<double>(slope)) < 0.25);
}

RC_GTEST_PROP(TrendProperty, StaysBetweenTheSmallestAndTheLargestStep, ()) {
  const auto steps = *rc::gen::container<std::vector<int>>(300, rc::gen::inRange(-9, 10));
  Trend trend(kWindow);
  std::int64_t value = 0;
  MonoNs now = 0;
  for (const int step : steps) trend.add(now += kSecond, value += step);
  RC_ASSERT(trend.per_second().has_value());
  RC_ASSERT(*trend.per_second() >= -9);
  RC_ASSERT(*trend.per_second() <= 9);
}

}  // namespace
}  // namespace steward
