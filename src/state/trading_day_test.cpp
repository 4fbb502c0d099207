#include "state/trading_day.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steward::state {
namespace {

constexpr WallNs kHour = 3600 * kSecond;

TEST(TradingDay, is_the_zones_date) {
  auto london = *TradingDay::in("Europe/London");
  const WallNs summer = 1'783'000'000 * kSecond;  // 2026-07-02T13:46:40Z
  EXPECT_EQ(format_day(london.day_of(summer)), "2026-07-02");
  const WallNs late = london.end_of(london.day_of(summer)) - 1;
  EXPECT_EQ(late / kHour % 24, 22) << "midnight in London is 23:00 UTC in summer";
  EXPECT_EQ(format_day(london.day_of(late + 1)), "2026-07-03");
}

TEST(TradingDay, has_23_and_25_hours_when_the_clocks_change) {
  auto london = *TradingDay::in("Europe/London");
  const auto length = [&](std::int32_t day) { return (london.end_of(day) - london.begin_of(day)) / kHour; };
  EXPECT_EQ(format_day(20'541), "2026-03-29");
  EXPECT_EQ(length(20'541), 23);
  EXPECT_EQ(length(20'542), 24);
  EXPECT_EQ(format_day(20'751), "2026-10-25");
  EXPECT_EQ(length(20'751), 25);
}

TEST(TradingDay, a_zone_that_skips_midnight_has_whole_days) {
  auto santiago = *TradingDay::in("America/Santiago");  // 2026-09-06: 00:00 becomes 01:00
  const std::int32_t day = 20'702;
  EXPECT_EQ(format_day(day), "2026-09-06");
  EXPECT_EQ((santiago.end_of(day) - santiago.begin_of(day)) / kHour, 23);
  EXPECT_EQ(santiago.day_of(santiago.begin_of(day)), day);
  EXPECT_EQ(santiago.day_of(santiago.begin_of(day) - 1), day - 1);
}

TEST(TradingDay, tells_the_clock_on_the_wall) {
  const auto london = *TradingDay::in("Europe/London");
  const WallNs sunday = 1'774'742'400 * kSecond;  // 2026-03-29T00:00Z; at 01:00Z the clock goes to 02:00
  const auto at = [&](WallNs when) {
    const LocalTime time = london.local_time(when);
    return std::pair(static_cast<int>(time.weekday), static_cast<int>(time.minute));
  };
  EXPECT_EQ(at(sunday), std::pair(6, 0));
  EXPECT_EQ(at(sunday + kHour - 1), std::pair(6, 59));
  EXPECT_EQ(at(sunday + kHour), std::pair(6, 120));
  EXPECT_EQ(at(sunday + 23 * kHour), std::pair(0, 0));
}

TEST(TradingDay, an_unknown_zone_is_refused) {
  EXPECT_EQ(TradingDay::in("Europe/Lundon").error().code(), Code::invalid);
}

RC_GTEST_PROP(TradingDayProperty, an_instant_lies_within_its_day, ()) {
  static auto zone = *TradingDay::in("Europe/London");
  const WallNs at = *rc::gen::inRange<WallNs>(0, 2'100'000'000) * kSecond;
  const std::int32_t day = zone.day_of(at);
  RC_ASSERT(zone.begin_of(day) <= at);
  RC_ASSERT(at < zone.end_of(day));
}

}  // namespace
}  // namespace steward::state
