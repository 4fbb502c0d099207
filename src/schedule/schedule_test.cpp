#include "schedule/schedule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "base/units.hpp"
#include "schedule/zone_rules.hpp"

namespace steward::schedule {
namespace {

constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;

WallNs utc(int year, unsigned month, unsigned day, int hour, int minute) {
  const auto days =
      date::sys_days(date::year(year) / date::month(month) / date::day(day)).time_since_epoch().count();
  return ((days * 24LL + hour) * 60 + minute) * kMinute;
}

std::string next_text(const Schedule& schedule, WallNs after) {
  const auto next = schedule.next(after);
  return next ? format_utc(*next).substr(0, 16) : "never";
}

Schedule london(std::string_view cron) {
  return Schedule::cron(cron, "Europe/London").value();
}

TEST(Every, StaysOnItsGrid) {
  const auto schedule = Schedule::every("6h").value();
  EXPECT_EQ(next_text(schedule, utc(2026, 11, 25, 3, 15)), "2026-11-25T06:00");
  EXPECT_EQ(next_text(schedule, utc(2026, 11, 25, 6, 0)), "2026-11-25T12:00");
  EXPECT_EQ(schedule.last(utc(2026, 11, 25, 6, 0)), utc(2026, 11, 25, 6, 0));
  EXPECT_FALSE(Schedule::every("10s"));
  EXPECT_FALSE(Schedule::every("often"));
}

TEST(At, IsTheTimeOnTheWallInSummerAndWinter) {
  const auto schedule = Schedule::at("02:00", "Europe/London").value();
  EXPECT_EQ(next_text(schedule, utc(2026, 7, 1, 0, 0)), "2026-07-01T01:00");
  EXPECT_EQ(next_text(schedule, utc(2026, 12, 1, 0, 0)), "2026-12-01T02:00");
  const auto several = Schedule::at("02:00, sun 14:30", "UTC").value();
  EXPECT_EQ(next_text(several, utc(2026, 11, 22, 3, 0)), "2026-11-22T14:30") << "a Sunday";
  EXPECT_EQ(next_text(several, utc(2026, 11, 23, 3, 0)), "2026-11-24T02:00");
  for (const char* wrong : {"", "2:00", "25:00", "02:60", "someday 02:00", "02:00,", "02:00:00"})
    EXPECT_FALSE(Schedule::at(wrong, "UTC")) << wrong;
  EXPECT_FALSE(Schedule::at("02:00", "Atlantis/Capital"));
}

// In London clocks go from 01:00 to 02:00 on 2026-03-29 (01:00 UTC), and from 02:00 back to 01:00 on
// 2026-10-25.
TEST(ClockChange, AFixedTimeThatIsSkippedComesRightAfterTheGap) {
  EXPECT_EQ(next_text(london("30 1 * * *"), utc(2026, 3, 29, 0, 0)), "2026-03-29T01:00");
  EXPECT_EQ(next_text(london("30 1 * * *"), utc(2026, 3, 29, 1, 0)), "2026-03-30T00:30");
}

TEST(ClockChange, AFixedTimeThatIsThereTwiceComesOnce) {
  EXPECT_EQ(next_text(london("30 1 * * *"), utc(2026, 10, 24, 23, 0)), "2026-10-25T00:30");
  EXPECT_EQ(next_text(london("30 1 * * *"), utc(2026, 10, 25, 0, 30)), "2026-10-26T01:30");
}

TEST(ClockChange, WildcardsFollowRealTime) {
  EXPECT_EQ(next_text(london("30 * * * *"), utc(2026, 3, 29, 0, 30)), "2026-03-29T01:30");
  EXPECT_EQ(next_text(london("30 * * * *"), utc(2026, 10, 25, 0, 30)), "2026-10-25T01:30");
  EXPECT_EQ(next_text(london("*/30 1 * * *"), utc(2026, 3, 28, 2, 0)), "2026-03-30T00:00");
  EXPECT_EQ(next_text(london("*/30 1 * * *"), utc(2026, 10, 25, 0, 30)), "2026-10-25T01:00");
}

TEST(CronExpression, EitherDayIsEnoughWhenBothAreRestricted) {
  const auto schedule = Schedule::cron("0 0 13 * fri", "UTC").value();
  EXPECT_EQ(next_text(schedule, utc(2026, 11, 7, 0, 0)), "2026-11-13T00:00");
  EXPECT_EQ(next_text(schedule, utc(2026, 11, 13, 0, 0)), "2026-11-20T00:00");
  EXPECT_EQ(next_text(Schedule::cron("0 0 29 2 *", "UTC").value(), utc(2026, 1, 1, 0, 0)),
            "2028-02-29T00:00");
  EXPECT_EQ(next_text(Schedule::cron("@weekly", "UTC").value(), utc(2026, 11, 25, 0, 0)), "2026-11-29T00:00");
  EXPECT_EQ(next_text(Schedule::cron("0 9-17/4 * JAN-mar 1,7", "UTC").value(), utc(2026, 1, 1, 0, 0)),
            "2026-01-04T09:00");
}

TEST(CronExpression, WhatIsNoneIsRefused) {
  for (const char* wrong :
       {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
        "5-1 * * * *", "*/0 * * * *", "5/2 * * * *", "a * * * *", "1, * * * *", "-1 * * * *", "@reboot",
        "0 0 30 2 *", "99999999999 * * * *"})
    EXPECT_FALSE(Schedule::cron(wrong, "UTC")) << wrong;
}

/// What is there on the wall at each minute, walked one by one: slow, and without the arithmetic that it
/// tests.
std::set<WallNs> walked(const Cron& cron, const date::time_zone& zone, WallNs from, WallNs to) {
  std::set<WallNs> moments;
  std::set<std::int64_t> seen;
  std::int64_t before = 0;
  for (WallNs at = from; at <= to; at += kMinute) {
    const auto local = zone.to_local(date::sys_seconds(std::chrono::seconds(at / kSecond)));
    const std::int64_t minute = local.time_since_epoch().count() / 60;
    const auto matches = [&](std::int64_t wall) {
      const date::local_days day(date::days((wall - ((wall % 1440) + 1440) % 1440) / 1440));
      const date::year_month_day ymd(day);
      const auto of_day = static_cast<unsigned>(((wall % 1440) + 1440) % 1440);
      return cron.on({static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                      static_cast<unsigned>(ymd.day()), date::weekday(day).c_encoding()}) &&
             cron.at_hour(of_day / 60) && cron.at_minute(of_day % 60);
    };
    bool now = matches(minute);
    if (!cron.wildcard()) {
      now = now && seen.insert(minute).second;
      seen.insert(minute);
      for (std::int64_t skipped = before + 1; before != 0 && skipped < minute; ++skipped)
        now = now || matches(skipped);
    }
    before = minute;
    if (now) moments.insert(at);
  }
  return moments;
}

RC_GTEST_PROP(CronExpression, GivesTheMomentsThatAWalkMinuteByMinuteGives, ()) {
  const auto field = [](int least, int most) {
    return *rc::gen::oneOf(
        rc::gen::just(std::string("*")), rc::gen::just(std::string("*/7")),
        rc::gen::map(rc::gen::inRange(least, most + 1), [](int n) { return std::to_string(n); }));
  };
  const std::string text = field(0, 59) + " " + field(0, 3) + " " +
                           *rc::gen::element<std::string>("*", "29", "1-31/2") + " * " +
                           *rc::gen::element<std::string>("*", "0", "1-5");
  const std::string name =
      *rc::gen::element<std::string>("Europe/London", "UTC", "Australia/Lord_Howe", "America/New_York",
                                     "America/Santiago", "Asia/Kathmandu");
  // Around a change of the clocks, or anywhere in the year.
  const WallNs from =
      *rc::gen::element<WallNs>(utc(2026, 3, 27, 0, 0), utc(2026, 10, 23, 0, 0), utc(2026, 4, 3, 0, 0),
                                utc(2026, 9, 4, 0, 0), utc(2026, 3, 6, 0, 0), utc(2026, 10, 2, 0, 0)) +
      *rc::gen::inRange<std::int64_t>(0, 1440) * kMinute;
  const WallNs to = from + 4 * 24 * kHour;
  const auto zone = zone_rules(name).value();
  auto expected = walked(Cron::parse(text).value(), *zone, from - 24 * kHour, to);
  std::erase_if(expected, [&](WallNs at) { return at <= from; });
  const auto schedule = Schedule::cron(text, name).value();
  std::set<WallNs> got;
  for (auto at = schedule.next(from); at && *at <= to; at = schedule.next(*at)) {
    RC_ASSERT(got.insert(*at).second);
    RC_ASSERT(schedule.last(*at) == *at);
    if (got.size() > 40) break;
  }
  if (got.size() > 40) expected.erase(std::next(expected.begin(), 41), expected.end());
  RC_ASSERT(got == expected);
}

TEST(Due, RunsOnceForEachMomentAndCatchesUpOnceAfterAGap) {
  const auto schedule = Schedule::every("6h").value();
  const WallNs slot = utc(2026, 11, 25, 6, 0);
  EXPECT_FALSE(due(schedule, slot, slot + kHour, "job", 0).slot);
  EXPECT_EQ(due(schedule, slot, slot + kHour, "job", 0).next, slot + 6 * kHour);
  EXPECT_EQ(due(schedule, slot, slot + 6 * kHour, "job", 0).slot, slot + 6 * kHour);
  const auto missed = due(schedule, slot, slot + 100 * kHour, "job", 0);
  EXPECT_EQ(missed.slot, slot + 96 * kHour) << "sixteen were missed, one is caught up";
  EXPECT_FALSE(due(schedule, *missed.slot, slot + 100 * kHour, "job", 0).slot);
}

TEST(Due, AClockThatWasSetBackStopsNothing) {
  const auto schedule = Schedule::every("6h").value();
  const WallNs now = utc(2026, 11, 25, 7, 0);
  const auto due_now = due(schedule, now + 1000 * kHour, now, "job", 0);
  EXPECT_FALSE(due_now.slot);
  EXPECT_EQ(due_now.next, utc(2026, 11, 25, 12, 0));
}

RC_GTEST_PROP(Due, EachMomentRunsOnceWithinItsJitter, ()) {
  const auto schedule = Schedule::every("1h").value();
  const std::int64_t jitter = *rc::gen::inRange<std::int64_t>(0, 50) * kMinute;
  const std::string who = *rc::gen::element<std::string>("a", "b", "host/job");
  WallNs now = utc(2026, 11, 25, 0, 30);
  WallNs slot = now;
  for (int runs = 0; runs < 30;) {
    const auto step = due(schedule, slot, now, who, jitter);
    if (step.slot) {
      RC_ASSERT(*step.slot > slot);
      RC_ASSERT(*step.slot - slot <= kHour);
      RC_ASSERT(now - *step.slot >= 0 && now - *step.slot <= jitter);
      slot = *step.slot;
      ++runs;
      continue;
    }
    RC_ASSERT(step.next && *step.next > now);
    now = *step.next;
  }
}

}  // namespace
}  // namespace steward::schedule
