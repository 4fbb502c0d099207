#include "keeper/restart_policy.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steward::keeper {
namespace {

BotSpec spec(std::int64_t delay, std::int64_t longest, std::int64_t count = 1000) {
  return {.name = "a",
          .restart_delay = delay,
          .restart_delay_max = longest,
          .budget_count = count,
          .budget_window = 600 * kSecond};
}

TEST(RestartPolicy, AfterAGoodRunTheDelayIsTheSettingItself) {
  SeededRandom random(1);
  RestartPolicy policy;
  EXPECT_EQ(policy.on_end(spec(10 * kSecond, 300 * kSecond), 0, true, random).delay, 10 * kSecond);
  EXPECT_EQ(RestartPolicy().on_end(spec(0, 300 * kSecond), 0, true, random).delay, 0);
}

TEST(RestartPolicy, VainRunsDoubleUpToTheLongestAndAGoodOneResets) {
  SeededRandom random(1);
  RestartPolicy policy;
  const BotSpec bot = spec(kSecond, 60 * kSecond);
  std::int64_t expected = kSecond;
  for (int i = 0; i < 12; ++i, expected = std::min(expected * 2, 60 * kSecond)) {
    const auto decision = policy.on_end(bot, i, false, random);
    EXPECT_GE(decision.delay, expected) << i;
    EXPECT_LE(decision.delay, std::min(expected + expected / 4, 60 * kSecond)) << i;
    EXPECT_FALSE(decision.struggling);
  }
  EXPECT_EQ(policy.on_end(bot, 100, true, random).delay, kSecond);
}

TEST(RestartPolicy, NoDelayStillBacksOffWhenRunsAreInVain) {
  SeededRandom random(1);
  RestartPolicy policy;
  const BotSpec bot = spec(0, 300 * kSecond);
  EXPECT_EQ(policy.on_end(bot, 0, false, random).delay, 0);
  EXPECT_GE(policy.on_end(bot, 0, false, random).delay, 200 * kMillisecond);
}

TEST(RestartPolicy, SpentBudgetIsStrugglingUntilTheWindowEmpties) {
  SeededRandom random(1);
  RestartPolicy policy;
  const BotSpec bot = spec(kSecond, 100 * kSecond, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(policy.on_end(bot, i * kSecond, true, random).struggling);
  const auto spent = policy.on_end(bot, 4 * kSecond, true, random);
  EXPECT_TRUE(spent.struggling);
  EXPECT_GE(spent.delay, 75 * kSecond);
  EXPECT_FALSE(policy.on_end(bot, 1000 * kSecond, true, random).struggling);
}

RC_GTEST_PROP(RestartPolicy, never_gives_up_and_never_leaves_its_bounds, ()) {
  const auto delay = *rc::gen::inRange<std::int64_t>(0, 100 * kSecond);
  const auto longest = *rc::gen::inRange<std::int64_t>(0, 1000 * kSecond);
  const BotSpec bot = spec(delay, longest, *rc::gen::inRange<std::int64_t>(0, 10));
  SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
  RestartPolicy policy;
  MonoNs now = 0;
  for (int i = 0; i < 200; ++i) {
    const auto decision = policy.on_end(bot, now, *rc::gen::arbitrary<bool>(), random);
    RC_ASSERT(decision.delay >= delay);
    RC_ASSERT(decision.delay <= std::max({delay, longest, 100 * kMillisecond}));
    now += decision.delay + *rc::gen::inRange<std::int64_t>(0, kSecond);
  }
}

}  // namespace
}  // namespace steward::keeper
