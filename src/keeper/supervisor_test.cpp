#include "keeper/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keeper/fake_launcher.hpp"

namespace steward::keeper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SupervisorTest : public ::testing::Test {
 protected:
  static BotSpec bot(std::string name, std::vector<std::string> after = {}) {
    return {.name = std::move(name),
            .args = {"x"},
            .after = std::move(after),
            .restart_delay = 0,
            .budget_count = 1000};
  }
  void deliver() {
    while (!world.dying.empty()) {
      const auto [name, signal] = world.dying.back();
      world.dying.pop_back();
      end(name, signal);
    }
  }
  void end(const std::string& name, int status) {
    const auto it = world.runs.find(name);
    if (it == world.runs.end() || !it->second.main_lives) return;
    it->second.main_lives = false;
    supervisor.exited(name, {.wait_status = status});
  }
  /// Lets time pass, stopping wherever the supervisor wants to be asked.
  void pass(std::int64_t ns) {
    const MonoNs end = clock.mono() + ns;
    while (true) {
      supervisor.settle();
      if (!world.dying.empty()) {
        deliver();
        continue;
      }
      const MonoNs due = supervisor.deadline();
      if (due < 0 || due > end) break;
      clock.advance(std::max<std::int64_t>(1, due - clock.mono()));
    }
    clock.advance(end - clock.mono());
    supervisor.settle();
  }
  BotView view(const std::string& name) {
    for (BotView& view : supervisor.view()) {
      if (view.name == name) return view;
    }
    ADD_FAILURE() << "no bot " << name;
    return {};
  }

  FakeWorld world;
  ManualClock clock;
  SeededRandom random{1};
  Supervisor supervisor{world, world, world, clock, random};
};

TEST_F(SupervisorTest, StartsInOrderAndShutsDownInReverseAgentLast) {
  BotSpec agent = bot("agent");
  agent.role = Role::agent;
  supervisor.apply({.bots = {bot("c", {"b"}), bot("b", {"a"}), bot("a"), agent}});
  supervisor.settle();
  EXPECT_THAT(world.starts, ElementsAre("agent", "a"));
  pass(3 * kSecond);
  EXPECT_THAT(world.starts, ElementsAre("agent", "a", "b", "c"));
  supervisor.shut_down();
  pass(kSecond);
  EXPECT_THAT(world.stops, ElementsAre("c", "b", "a", "agent"));
  EXPECT_TRUE(supervisor.done());
  EXPECT_THAT(world.violations, IsEmpty());
}

TEST_F(SupervisorTest, AnObstinateBotHoldsUpThoseBeforeItUntilItIsKilled) {
  supervisor.apply({.bots = {bot("a"), bot("b", {"a"})}});
  pass(3 * kSecond);
  world.runs["b"].obeys = false;
  ASSERT_TRUE(supervisor.stop_all());
  pass(29 * kSecond);
  EXPECT_THAT(world.stops, IsEmpty());
  pass(2 * kSecond);
  EXPECT_THAT(world.stops, ElementsAre("b", "a"));
}

TEST_F(SupervisorTest, AdoptsWhatLivesAndTellsTheEndOfWhatDoesNot) {
  world.pasts["lives"].found = Found{.run = {.run = "R1", .pid = 7},
                                     .restarts = 4,
                                     .spec = spec_hash(bot("lives")),
                                     .note = {.ready = true},
                                     .started = clock.mono(),
                                     .alive = true};
  world.pasts["dead"].found = Found{.run = {.run = "R2", .pid = 8}, .restarts = 2, .start_told = true};
  world.pasts["told"].found = Found{.run = {.run = "R3", .pid = 9}, .start_told = true, .exit_told = true};
  for (const char* name : {"dead", "told"})
    world.runs[name] = {.launched = world.pasts[name].found->run, .main_lives = false};
  supervisor.apply({.bots = {bot("lives"), bot("dead"), bot("told")}});
  supervisor.settle();
  EXPECT_EQ(view("lives").pid, 7);
  EXPECT_EQ(view("lives").state, BotState::ready);
  EXPECT_EQ(view("lives").restarts, 4U);
  EXPECT_EQ(world.count("\"bot\":\"dead\",\"run\":\"R2\",\"unknown\":true"), 1);
  EXPECT_EQ(world.count("\"bot.exited\",\"bot\":\"told\""), 0);
  EXPECT_EQ(view("dead").restarts, 3U);
  EXPECT_EQ(view("told").restarts, 1U);
}

TEST_F(SupervisorTest, ARunThatNeverBeganIsNoStart) {
  // The keeper was killed between writing the run down and starting it; "ended": the next was killed, too.
  for (const auto& [name, note] : {std::pair{"written", RunNote{}}, {"ended", RunNote{.ended = true}}}) {
    world.pasts[name].found =
        Found{.run = {.run = name}, .restarts = 2, .note = note, .start_told = true, .exit_told = true};
    if (!note.ended) world.runs[name] = {.launched = world.pasts[name].found->run, .main_lives = false};
  }
  supervisor.apply({.bots = {bot("written"), bot("ended")}});
  pass(60 * kSecond);
  EXPECT_THAT(world.starts, testing::UnorderedElementsAre("written", "ended"));
  EXPECT_EQ(view("written").restarts, 2U);
  EXPECT_EQ(view("ended").restarts, 2U);
}

TEST_F(SupervisorTest, AChangedDefinitionWaitsForTheNextStart) {
  supervisor.apply({.bots = {bot("a")}});
  pass(2 * kSecond);
  BotSpec changed = bot("a");
  changed.watchdog = kSecond;
  supervisor.apply({.bots = {changed}});
  supervisor.settle();
  EXPECT_TRUE(view("a").staged);
  EXPECT_EQ(view("a").spec, spec_hash(bot("a")));
  end("a", 9);
  supervisor.settle();
  EXPECT_FALSE(view("a").staged);
  EXPECT_EQ(view("a").spec, spec_hash(changed));
}

TEST_F(SupervisorTest, ARemovedBotIsStoppedAndForgotten) {
  supervisor.apply({.bots = {bot("a"), bot("b")}});
  pass(2 * kSecond);
  supervisor.apply({.bots = {bot("a")}});
  pass(kSecond);
  EXPECT_THAT(world.stops, ElementsAre("b"));
  EXPECT_EQ(world.count("\"bot.removed\",\"bot\":\"b\""), 1);
  EXPECT_FALSE(supervisor.stop("b"));
}

TEST_F(SupervisorTest, WhatTheDiskRefusesIsNotInForce) {
  supervisor.apply({.bots = {bot("a")}});
  pass(2 * kSecond);
  world.disk_full = true;
  EXPECT_FALSE(supervisor.stop("a"));
  EXPECT_FALSE(supervisor.halt("*", "ann", "why"));
  pass(kSecond);
  EXPECT_EQ(view("a").state, BotState::ready);
  EXPECT_TRUE(view("a").gate.open);
}

TEST_F(SupervisorTest, TellsEveryStateOnceAndAllOfThemWhenAsked) {
  supervisor.apply({.bots = {bot("a"), bot("b")}});
  pass(5 * kSecond);
  const int before = world.count("bot.state");
  pass(100 * kSecond);
  EXPECT_EQ(world.count("bot.state"), before);
  supervisor.tell_all();
  EXPECT_EQ(world.count("bot.state"), before + 2);
}

TEST_F(SupervisorTest, LeftoversThatDoNotDieAreReported) {
  supervisor.apply({.bots = {bot("a")}});
  pass(2 * kSecond);
  world.runs["a"].strays = 50;
  end("a", 0);
  pass(30 * kSecond);
  EXPECT_EQ(world.count("keeper.trouble"), 1);
  pass(60 * kSecond);
  EXPECT_EQ(world.count("\"over\":true"), 1);
  EXPECT_THAT(world.violations, IsEmpty());
}

/// Days of a keeper's life in milliseconds: everything that can happen, in any order.
class Simulation : public SupervisorTest, public ::testing::WithParamInterface<int> {
 protected:
  std::size_t pick(std::size_t bound) { return static_cast<std::size_t>(dice.below(bound)); }
  Plan any_plan() {
    Plan plan;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      if (pick(6) == 0) continue;
      BotSpec spec = bot(name);
      if (!plan.bots.empty() && pick(2) == 0) spec.after = {plan.bots[pick(plan.bots.size())].name};
      spec.restart = static_cast<Restart>(pick(3));
      spec.restart_delay = static_cast<std::int64_t>(pick(3)) * kSecond;
      spec.budget_count = static_cast<std::int64_t>(pick(6));
      spec.watchdog = static_cast<std::int64_t>(pick(2)) * kSecond;
      spec.start_timeout = static_cast<std::int64_t>(pick(2)) * 3 * kSecond;
      spec.gate = pick(2) == 0;
      plan.bots.push_back(spec);
    }
    return plan;
  }
  void act() {
    const std::string name(1, static_cast<char>('a' + pick(5)));
    const auto run = world.runs.find(name);
    switch (pick(12)) {
      case 0:
        supervisor.apply(any_plan());
        break;
      case 1:
        (void)supervisor.start(name);
        break;
      case 2:
        (void)supervisor.stop(name);
        break;
      case 3:
        (void)supervisor.restart(name);
        break;
      case 4:
        (void)supervisor.halt(pick(3) == 0 ? "*" : name, "sim", "why");
        break;
      case 5:
        (void)supervisor.resume(pick(3) == 0 ? "*" : name, "sim");
        break;
      case 6:
        world.refuse_launches = pick(4) == 0;
        break;
      case 7:
        world.disk_full = pick(4) == 0;
        break;
      case 8:
        supervisor.notified(name, {.ready = pick(2) == 0, .watchdog = pick(2) == 0});
        break;
      default:
        if (run == world.runs.end()) break;
        run->second.strays = static_cast<int>(pick(4));
        run->second.obeys = pick(4) != 0;
        if (pick(3) != 0) end(name, pick(2) == 0 ? 0 : 9);
    }
  }

  SeededRandom dice{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(Simulation, NeverTwoRunsNeverAJumpAndEverythingComesBack) {
  supervisor.apply(any_plan());
  for (int i = 0; i < 300; ++i) {
    act();
    pass(static_cast<std::int64_t>(pick(5000)) * kMillisecond);
    ASSERT_THAT(world.violations, IsEmpty()) << "step " << i;
  }
  world.refuse_launches = world.disk_full = false;
  const Plan plan{.bots = {bot("a"), bot("b", {"a"}), bot("c")}};
  supervisor.apply(plan);
  ASSERT_TRUE(supervisor.resume("*", "sim"));
  pass(60 * kSecond);
  for (const auto& spec : plan.bots) ASSERT_TRUE(supervisor.restart(spec.name));
  pass(1000 * kSecond);
  for (const auto& spec : plan.bots)
    EXPECT_EQ(view(spec.name).state, BotState::ready) << spec.name << view(spec.name).reason;
  EXPECT_EQ(world.runs.size(), 3U);
  supervisor.shut_down();
  pass(100 * kSecond);
  EXPECT_TRUE(supervisor.done());
  EXPECT_THAT(world.runs, IsEmpty());
  EXPECT_THAT(world.violations, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, ::testing::Range(1, 41));

}  // namespace
}  // namespace steward::keeper
