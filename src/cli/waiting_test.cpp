#include "cli/waiting.hpp"

#include <gtest/gtest.h>

namespace steward::cli {
namespace {

constexpr MonoNs kBegun = 100 * kSecond;

BotStatus bot(const std::string& state, const std::string& run = "", WallNs since = 1) {
  BotStatus out;
  out.name = "racing";
  out.state = state;
  out.run = run;
  out.since = since;
  if (!run.empty()) out.pid = 42;
  return out;
}

/// What is said once `status` is seen `after` the wish.
std::string said(Waiting& waiting, const BotStatus& status, std::int64_t after) {
  const auto verdict = waiting.observe(&status, kBegun + after);
  return verdict ? (verdict->fulfilled ? "yes: " : "no: ") + verdict->sentence : "wait";
}

TEST(Waiting, AStopIsTrueWhenTheBotIsStopped) {
  Waiting waiting(Wish::stop, bot("ready", "A"), kBegun);
  EXPECT_EQ(said(waiting, bot("ready", "A"), 0), "wait");
  EXPECT_EQ(said(waiting, bot("stopping", "A", 2), kSecond), "wait");
  BotStatus stopped = bot("stopped", "", 3);
  stopped.exit_text = "exit 0";
  EXPECT_EQ(said(waiting, stopped, 1'200 * kMillisecond), "yes: racing stopped: exit 0 after 1.2 s");
}

TEST(Waiting, AStoppedBotWasStoppedAlready) {
  Waiting waiting(Wish::stop, bot("stopped"), kBegun);
  EXPECT_EQ(said(waiting, bot("stopped"), 0), "yes: racing was stopped already");
}

TEST(Waiting, AStartIsTrueWhenTheNewRunIsReady) {
  Waiting waiting(Wish::start, bot("stopped"), kBegun);
  EXPECT_EQ(said(waiting, bot("stopped"), 0), "wait");
  EXPECT_EQ(said(waiting, bot("starting", "B", 2), kSecond), "wait");
  EXPECT_EQ(said(waiting, bot("ready", "B", 3), kSecond), "yes: racing is ready (pid 42) after 1.0 s");
}

TEST(Waiting, AStartOfOneThatRunsSaysSo) {
  Waiting waiting(Wish::start, bot("ready", "A"), kBegun);
  EXPECT_EQ(said(waiting, bot("ready", "A"), 0), "yes: racing runs already (pid 42)");
}

TEST(Waiting, AStartThatFailsTellsWhy) {
  Waiting waiting(Wish::start, bot("stopped"), kBegun);
  BotStatus failed = bot("backing-off", "B", 2);
  failed.reason = "exit 1 after 20 ms";
  EXPECT_EQ(said(waiting, failed, kSecond),
            "no: racing did not become ready: exit 1 after 20 ms; it is tried again");
}

TEST(Waiting, AProgramThatCannotBeStartedFailsWithoutARun) {
  Waiting waiting(Wish::start, bot("stopped"), kBegun);
  BotStatus failed = bot("backing-off", "", 2);
  failed.reason = "cannot run nosuch";
  EXPECT_EQ(said(waiting, failed, kSecond), "wait");
  EXPECT_EQ(said(waiting, failed, 3 * kSecond),
            "no: racing did not become ready: cannot run nosuch; it is tried again");
}

TEST(Waiting, ABotThatRunsOnceAndEndsWellIsNoFailure) {
  Waiting waiting(Wish::start, bot("stopped", "A"), kBegun);
  BotStatus ended = bot("stopped", "B", 2);
  ended.exit_text = "exit 0";
  EXPECT_EQ(said(waiting, ended, kSecond), "yes: racing ran and ended: exit 0");
  ended.exit_text = "exited with code 0";
  EXPECT_EQ(said(waiting, ended, kSecond), "yes: racing ran and ended: exited with code 0");
  ended.exit_text = "exit 3";
  EXPECT_EQ(said(waiting, ended, kSecond), "no: racing did not stay up: exit 3");
}

TEST(Waiting, AnAgentThatComesBackMeanwhileMakesNoOldEndANewOne) {
  BotStatus by_keeper = bot("stopped");
  by_keeper.exit_text = "exited with code 3";
  Waiting waiting(Wish::start, by_keeper, kBegun);
  BotStatus by_agent = bot("stopped");
  by_agent.exit_text = "exit 3";
  by_agent.exit_at = 77;
  EXPECT_EQ(said(waiting, by_agent, kSecond), "wait");
}

TEST(Waiting, AnEndWithoutARunThatIsSeenCounts) {
  BotStatus before = bot("stopped");
  before.exit_text = "exit 3";
  before.exit_at = 77;
  Waiting waiting(Wish::start, before, kBegun);
  BotStatus ended = bot("stopped", "", 2);
  ended.exit_text = "exit 0";
  ended.exit_at = 78;
  EXPECT_EQ(said(waiting, ended, kSecond), "yes: racing ran and ended: exit 0");
}

TEST(Waiting, AHeldBotNamesItsGate) {
  Waiting waiting(Wish::start, bot("stopped"), kBegun);
  BotStatus held = bot("held", "", 2);
  held.reason = "gate closed: odd prices";
  EXPECT_EQ(said(waiting, held, kSecond),
            "no: racing is held: gate closed: odd prices; `steward resume racing` opens its gate");
}

TEST(Waiting, ARestartWantsAnotherRun) {
  Waiting waiting(Wish::restart, bot("ready", "A"), kBegun);
  EXPECT_EQ(said(waiting, bot("ready", "A"), 0), "wait");
  EXPECT_EQ(said(waiting, bot("stopping", "A", 2), kSecond), "wait");
  EXPECT_EQ(said(waiting, bot("starting", "B", 3), kSecond), "wait");
  EXPECT_EQ(said(waiting, bot("ready", "B", 4), 2 * kSecond), "yes: racing is ready (pid 42) after 2.0 s");
}

TEST(Waiting, GivingUpSaysWhereItStands) {
  Waiting waiting(Wish::start, bot("stopped"), kBegun);
  BotStatus starting = bot("starting", "B", 2);
  starting.reason = "waits for prices";
  EXPECT_EQ(said(waiting, starting, kSecond), "wait");
  EXPECT_EQ(waiting.give_up(kBegun + 30 * kSecond).sentence,
            "racing did not become ready within 30 s: it is starting (waits for prices)");
  EXPECT_FALSE(waiting.give_up(kBegun + 30 * kSecond).fulfilled);
}

TEST(Waiting, ABotThatIsRemovedMeanwhileEndsIt) {
  Waiting waiting(Wish::stop, bot("ready", "A"), kBegun);
  EXPECT_EQ(waiting.observe(nullptr, kBegun)->sentence, "racing is no longer in the plan");
}

}  // namespace
}  // namespace steward::cli
