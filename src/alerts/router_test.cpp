#include "alerts/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steward::alerts {
namespace {

using config::AlertSeverity;
using testing::ElementsAre;
using testing::IsEmpty;

config::AlertChannel channel(std::string name, AlertSeverity least = AlertSeverity::info) {
  return {.name = std::move(name), .min_severity = least};
}

Alarm alarm(Severity severity, std::string bot = "racing", std::string rule = "daily-loss") {
  return {.rule = std::move(rule), .labels = {{"bot", std::move(bot)}}, .severity = severity};
}

std::vector<std::string> names(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> out;
  for (const Delivery& one : deliveries) out.push_back(one.channel);
  return out;
}

/// Seconds since 1970 of `date -ud`.
WallNs at(std::int64_t seconds) {
  return seconds * kSecond;
}

TEST(Router, WithoutRoutesWarningsAndCriticalsGoEverywhere) {
  const Router router({.channels = {channel("a"), channel("b", AlertSeverity::critical)}}, "UTC");
  EXPECT_THAT(names(router.route(alarm(Severity::critical), 0)), ElementsAre("a", "b"));
  EXPECT_THAT(names(router.route(alarm(Severity::warning), 0)), ElementsAre("a"));
  EXPECT_THAT(names(router.route(alarm(Severity::info), 0)), IsEmpty());
}

TEST(Router, TheFirstRouteThatMatchesCounts) {
  const Router router({.channels = {channel("a"), channel("b")},
                       .routes = {{.severities = {AlertSeverity::critical}, .channels = {"a"}},
                                  {.match = {{"bot", "rac*"}}, .channels = {"b"}},
                                  {.match = {{"rule", "*-loss"}}, .channels = {}}}},
                      "UTC");
  EXPECT_THAT(names(router.route(alarm(Severity::critical), 0)), ElementsAre("a"));
  EXPECT_THAT(names(router.route(alarm(Severity::info), 0)), ElementsAre("b"));
  EXPECT_THAT(names(router.route(alarm(Severity::warning, "tennis"), 0)), IsEmpty()) << "told to nobody";
}

TEST(Router, WhatNoRouteMatchesGoesEverywhere) {
  const Router router({.channels = {channel("a")}, .routes = {{.match = {{"bot", "x"}}, .channels = {"a"}}}},
                      "UTC");
  EXPECT_THAT(names(router.route(alarm(Severity::warning), 0)), ElementsAre("a"));
  EXPECT_THAT(names(router.route(alarm(Severity::info), 0)), IsEmpty());
}

TEST(Router, ContinueAddsTheRoutesAfterItAndNoChannelTwice) {
  const Router router({.channels = {channel("a"), channel("b")},
                       .routes = {{.channels = {"a"}, .repeat = 60 * kSecond, .go_on = true},
                                  {.channels = {"a", "b"}, .repeat = 0}}},
                      "UTC");
  const auto deliveries = router.route(alarm(Severity::info), 0);
  EXPECT_THAT(names(deliveries), ElementsAre("a", "b"));
  EXPECT_EQ(deliveries[0].repeat, 60 * kSecond);
  EXPECT_EQ(deliveries[1].repeat, 0);
}

TEST(Router, AStarStandsForAnyText) {
  const auto matches = [](std::string pattern, std::string bot) {
    const Router router(
        {.channels = {channel("a")}, .routes = {{.match = {{"bot", std::move(pattern)}}, .channels = {"a"}}}},
        "UTC");
    return !router.route(alarm(Severity::info, std::move(bot)), 0).empty();
  };
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("r*g", "racing"));
  EXPECT_TRUE(matches("*a*i*", "racing"));
  EXPECT_FALSE(matches("ab*ba", "aba")) << "no letter counts twice";
  EXPECT_FALSE(matches("racing", "racing-2"));
  EXPECT_FALSE(matches("r*x", "racing"));
}

Router quiet_router(std::string_view hours, std::string_view weekdays, bool hold_critical, const char* zone) {
  config::QuietHours quiet{.hold_critical = hold_critical};
  EXPECT_TRUE(config::read_hours(hours, quiet.hours));
  EXPECT_TRUE(config::read_weekdays(weekdays, quiet.hours));
  return {{.channels = {channel("a")}, .routes = {{.channels = {"a"}, .quiet = quiet}}}, zone};
}

TEST(Router, QuietHoursHoldAllButCriticals) {
  const Router router = quiet_router("22:00-07:00", "mon-sun", false, "Europe/London");
  const WallNs night = at(1'795'563'000);  // 2026-11-24 23:30 GMT
  EXPECT_TRUE(router.route(alarm(Severity::warning), night)[0].quiet);
  EXPECT_FALSE(router.route(alarm(Severity::critical), night)[0].quiet);
  EXPECT_FALSE(router.route(alarm(Severity::warning), night + 8 * 3600 * kSecond)[0].quiet);
  const Router strict = quiet_router("22:00-07:00", "mon-sun", true, "Europe/London");
  EXPECT_TRUE(strict.route(alarm(Severity::critical), night)[0].quiet);
}

TEST(Router, HoursOverMidnightBelongToTheDayOnWhichTheyBegin) {
  const Router router = quiet_router("22:00-07:00", "fri", false, "UTC");
  const auto quiet = [&](std::int64_t seconds) {
    return router.route(alarm(Severity::info), at(seconds))[0].quiet;
  };
  EXPECT_TRUE(quiet(1'795'818'600));   // Fri 2026-11-27 22:30
  EXPECT_TRUE(quiet(1'795'845'600));   // Sat 06:00
  EXPECT_FALSE(quiet(1'795'849'200));  // Sat 07:00
  EXPECT_FALSE(quiet(1'795'759'200));  // Fri 06:00
  EXPECT_FALSE(quiet(1'795'905'000));  // Sat 22:30
}

TEST(Zone, AnHourThatIsShownTwiceIsQuietOnce) {
  // London puts its clocks back on Sun 2026-10-25 at 02:00 BST = 01:00 UTC.
  const Zone london("Europe/London");
  config::Hours hours;
  ASSERT_TRUE(config::read_hours("22:00-01:30", hours));
  const WallNs change = at(1'792'890'000);
  EXPECT_EQ(london.end_of(hours, change - 3600 * kSecond), change - 1800 * kSecond);
  EXPECT_EQ(london.end_of(hours, change - 900 * kSecond), std::nullopt) << "01:45 BST";
  EXPECT_EQ(london.end_of(hours, change + 600 * kSecond), std::nullopt) << "01:10 GMT, the second time";
}

TEST(Zone, AnEndThatTheClocksSkipIsWhenTheySkipIt) {
  // London puts its clocks forward on Sun 2026-03-29 at 01:00 GMT: there is no 01:30.
  const Zone london("Europe/London");
  config::Hours hours;
  ASSERT_TRUE(config::read_hours("22:00-01:30", hours));
  const WallNs change = at(1'774'746'000);
  EXPECT_EQ(london.end_of(hours, change - kSecond), change);
  EXPECT_EQ(london.end_of(hours, change), std::nullopt);
}

TEST(Zone, ANightOfElevenHoursIsQuietForThem) {
  const Zone london("Europe/London");
  config::Hours hours;
  ASSERT_TRUE(config::read_hours("20:00-06:00", hours));
  const WallNs begin = at(1'792'868'400);  // Sat 2026-10-24 20:00 BST
  EXPECT_EQ(london.end_of(hours, begin), begin + 11 * 3600 * kSecond);
  EXPECT_EQ(london.end_of(hours, begin - kSecond), std::nullopt);
}

TEST(Zone, SaysTheUsersTimeWithUtcBeside) {
  EXPECT_EQ(Zone("America/New_York").text(at(1'790'000'000)), "Mon 21 Sep 2026 10:13:20 EDT (14:13:20 UTC)");
  EXPECT_EQ(Zone("Asia/Tokyo").text(at(1'790'000'000)), "Mon 21 Sep 2026 23:13:20 JST (14:13:20 UTC)");
  EXPECT_EQ(Zone("Asia/Tokyo").text(at(1'790'010'000)), "Tue 22 Sep 2026 02:00:00 JST (21 Sep 17:00:00 UTC)");
  EXPECT_EQ(Zone("UTC").text(at(1'790'000'000)), "Mon 21 Sep 2026 14:13:20 UTC");
  EXPECT_EQ(Zone("Nowhere/Atlantis").text(at(1'790'000'000)), "Mon 21 Sep 2026 14:13:20 UTC");
}

}  // namespace
}  // namespace steward::alerts
