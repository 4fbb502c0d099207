#include "dashboard/health.hpp"

#include <gtest/gtest.h>

namespace steward::dashboard {
namespace {

HealthInput with_bot(const char* state) {
  HealthInput input;
  input.bots = {{"racing", "ready", ""}, {"tennis", state, "exit 1"}};
  return input;
}

TEST(Health, IsHealthyWhenEveryBotIsWhereItShouldBe) {
  for (const char* state : {"ready", "starting", "stopping", "stopped"}) {
    const Verdict verdict = judge(with_bot(state));
    EXPECT_EQ(verdict.health, Health::healthy) << state;
    EXPECT_TRUE(verdict.reasons.empty());
  }
  EXPECT_EQ(judge({}).health, Health::healthy);
}

TEST(Health, IsDegradedByABotInTroubleAndNamesIt) {
  for (const char* state : {"unready", "backing-off", "held"}) {
    const Verdict verdict = judge(with_bot(state));
    EXPECT_EQ(verdict.health, Health::degraded) << state;
    ASSERT_EQ(verdict.reasons.size(), 1U);
    EXPECT_TRUE(verdict.reasons[0].starts_with("tennis ")) << verdict.reasons[0];
    EXPECT_TRUE(verdict.reasons[0].ends_with(": exit 1"));
  }
}

TEST(Health, IsUnhealthyOnlyWhenStewardCannotKeepItsOrders) {
  EXPECT_EQ(judge(with_bot("struggling")).health, Health::unhealthy);
  EXPECT_EQ(judge({.keeper_reachable = false}).health, Health::unhealthy);
  EXPECT_EQ(judge({.state_alive = false}).health, Health::unhealthy);
}

TEST(Health, IsDegradedByTroubleWithItsOwnSources) {
  EXPECT_EQ(judge({.state_trouble = "state.db: no space left on device"}).health, Health::degraded);
  EXPECT_EQ(judge({.keeper_troubles = {"disk: full"}}).health, Health::degraded);
  EXPECT_EQ(judge({.host_troubles = {"disk /: 96 % used, more than 95 %"}}).health, Health::degraded);
  EXPECT_EQ(judge({.recent_bad_lines = 1}).health, Health::degraded);
  EXPECT_EQ(judge({.failing_scrapes = {{"racing", "no answer"}}}).health, Health::degraded);
}

TEST(Health, NamesTheWorstFirst) {
  HealthInput input = with_bot("struggling");
  input.bots.front().state = "unready";
  const Verdict verdict = judge(input);
  ASSERT_EQ(verdict.reasons.size(), 2U);
  EXPECT_EQ(verdict.reasons[0], "tennis does not stay up: exit 1");
}

TEST(Judge, AlarmsThatFireDegradeTheCriticalOnesFirst) {
  HealthInput input;
  input.alarms = {"alarm host-load: much"}, input.critical_alarms = {"alarm daily-loss: more"};
  input.own_troubles = {"a port is taken"};
  const Verdict verdict = judge(input);
  EXPECT_EQ(verdict.health, Health::degraded);
  EXPECT_EQ(verdict.reasons,
            (std::vector<std::string>{"alarm daily-loss: more", "a port is taken", "alarm host-load: much"}));
}

}  // namespace
}  // namespace steward::dashboard
