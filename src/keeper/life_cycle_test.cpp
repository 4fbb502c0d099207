#include "keeper/life_cycle.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace steward::keeper {
namespace {

class LifeCycleTest : public ::testing::Test {
 protected:
  std::optional<Action> next() { return life.next(spec, conditions, now); }
  void launch() {
    ASSERT_EQ(next(), Action::launch);
    life.launched(now);
  }
  void die(Ending ending) {
    life.exited(ending, now);
    ASSERT_EQ(next(), Action::clear);
    life.cleared(spec, true, now, random);
  }
  void say(NotifyMessage message) { life.notified(spec, message, now); }

  BotSpec spec{.name = "a", .args = {"x"}, .restart_delay = 0};
  Conditions conditions;
  LifeCycle life;
  MonoNs now = 1000 * kSecond;
  SeededRandom random{7};
};

constexpr Ending kGood{.wait_status = 0};
constexpr Ending kFailed{.wait_status = 1 << 8};

TEST_F(LifeCycleTest, ABotThatSaysNothingIsReadyAfterASecond) {
  launch();
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::starting);
  EXPECT_EQ(life.deadline(), now + kSecond);
  now += kSecond;
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::ready);
  EXPECT_EQ(life.deadline(), std::nullopt);
}

TEST_F(LifeCycleTest, WithAWatchdogOnlyItsWordOrFirstPatMakesItReady) {
  spec.watchdog = 5 * kSecond;
  launch();
  now += 60 * kSecond;
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::starting);
  say({.watchdog = true});
  EXPECT_EQ(life.state(), BotState::ready);
}

TEST_F(LifeCycleTest, WithAStartTimeoutAPatIsNotTheWord) {
  spec.start_timeout = 10 * kSecond;
  spec.watchdog = 60 * kSecond;
  launch();
  say({.watchdog = true});
  EXPECT_EQ(life.state(), BotState::starting);
  now += 10 * kSecond;
  EXPECT_EQ(next(), Action::terminate);
  EXPECT_EQ(life.reason(), "did not say READY=1 within 10 s");
}

TEST_F(LifeCycleTest, MissedWatchdogAbortsThenKills) {
  spec.watchdog = 5 * kSecond;
  launch();
  say({.ready = true, .watchdog = true});
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.deadline(), now + 5 * kSecond);
  now += 5 * kSecond;
  EXPECT_EQ(next(), Action::abort);
  EXPECT_EQ(life.state(), BotState::unready);
  say({.watchdog = true});  // too late
  now += 5 * kSecond;
  EXPECT_EQ(next(), Action::kill);
  now += kSecond;
  EXPECT_EQ(next(), Action::kill);
  die({.wait_status = SIGKILL});
  EXPECT_EQ(life.end_reason(), "missed its watchdog of 5 s; killed by SIGKILL");
  EXPECT_TRUE(life.watchdog_missed());
}

TEST_F(LifeCycleTest, StopAsksThenKillsAndTheEndIsNoFailure) {
  launch();
  conditions.wanted = false;
  EXPECT_EQ(next(), Action::terminate);
  EXPECT_EQ(life.state(), BotState::stopping);
  EXPECT_EQ(life.deadline(), std::nullopt);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.deadline(), now + 30 * kSecond);
  now += 30 * kSecond;
  EXPECT_EQ(next(), Action::kill);
  die({.wait_status = SIGKILL});
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::stopped);
  EXPECT_EQ(life.failures(), 0);
}

TEST_F(LifeCycleTest, NoStopTimeoutKillsAtOnce) {
  spec.stop_timeout = 0;
  launch();
  conditions.wanted = false;
  EXPECT_EQ(next(), Action::kill);
}

TEST_F(LifeCycleTest, AStopWaitsForThoseThatRunAfterIt) {
  launch();
  conditions = {.wanted = false, .may_stop = false};
  EXPECT_EQ(next(), std::nullopt);
  conditions.may_stop = true;
  EXPECT_EQ(next(), Action::terminate);
}

TEST_F(LifeCycleTest, NothingIsStartedUntilTheLastRunIsProvedGone) {
  launch();
  life.exited(kFailed, now);
  std::int64_t waited = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(next(), Action::clear);
    life.cleared(spec, false, now, random);
    ASSERT_EQ(next(), std::nullopt);
    ASSERT_LE(*life.deadline() - now, kSecond);
    waited += *life.deadline() - now;
    now = *life.deadline();
  }
  EXPECT_GT(waited, 60 * kSecond);
  ASSERT_EQ(next(), Action::clear);
  life.cleared(spec, true, now, random);
  EXPECT_EQ(next(), Action::launch);
}

TEST_F(LifeCycleTest, RestartSettingDecides) {
  for (const auto& [restart, ending, again] : {std::tuple{Restart::always, kGood, true},
                                               {Restart::on_failure, kGood, false},
                                               {Restart::on_failure, kFailed, true},
                                               {Restart::on_failure, Ending{}, true},
                                               {Restart::never, kFailed, false}}) {
    life = {};
    spec.restart = restart;
    launch();
    now += 2 * kSecond;
    die(ending);
    EXPECT_EQ(next() == Action::launch, again);
    EXPECT_EQ(life.finished(), !again);
  }
}

TEST_F(LifeCycleTest, AFinishedBotRunsAgainWhenAPersonAsks) {
  spec.restart = Restart::never;
  launch();
  die(kGood);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::stopped);
  life.start_afresh(now);
  EXPECT_EQ(next(), Action::launch);
}

TEST_F(LifeCycleTest, RestartStopsAndStartsWithoutDelay) {
  spec.restart_delay = 100 * kSecond;
  launch();
  life.restart(now);
  EXPECT_EQ(next(), Action::terminate);
  die(kGood);
  EXPECT_EQ(next(), Action::launch);
}

TEST_F(LifeCycleTest, ClosedGateStopsAndHolds) {
  launch();
  conditions.held = true;
  EXPECT_EQ(next(), Action::terminate);
  die(kGood);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::held);
  conditions.held = false;
  EXPECT_EQ(next(), Action::launch);
}

TEST_F(LifeCycleTest, WaitsForWhatItRunsAfter) {
  conditions.waits_for = "feed";
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.reason(), "waits for feed to be ready");
  conditions.waits_for.clear();
  EXPECT_EQ(next(), Action::launch);
}

TEST_F(LifeCycleTest, AFailedLaunchBacksOffEvenWithoutADelay) {
  ASSERT_EQ(next(), Action::launch);
  life.launch_failed(spec, now, "no such file", random);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::backing_off);
  EXPECT_EQ(life.reason(), "no such file");
  EXPECT_GE(*life.deadline(), now + 100 * kMillisecond);
}

TEST_F(LifeCycleTest, AnAdoptedRunKeepsItsReadinessAndGetsAWholeWatchdogPeriod) {
  spec.watchdog = 5 * kSecond;
  life.adopted(now - 100 * kSecond, true, true, now);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::ready);
  EXPECT_EQ(life.deadline(), now + 5 * kSecond);
}

TEST_F(LifeCycleTest, BackOffGoesOnUnderTheNextKeeper) {
  life.ended_before(spec, now, 6, false, random);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::backing_off);
  EXPECT_GE(life.next_start(), now + 3 * kSecond);
  life = {};
  life.ended_before(spec, now, 1, true, random);
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(life.state(), BotState::stopped);
}

TEST_F(LifeCycleTest, SaysThatItIsGoingDown) {
  launch();
  say({.ready = true});
  say({.stopping = true});
  EXPECT_EQ(life.state(), BotState::stopping);
  die(kGood);
  EXPECT_EQ(next(), Action::launch);
}

}  // namespace
}  // namespace steward::keeper
