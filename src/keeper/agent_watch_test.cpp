#include "keeper/agent_watch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/clock.hpp"
#include "os/files.hpp"

namespace steward::keeper {
namespace {

using Verdict = AgentWatch::Verdict;

class AgentWatchTest : public testing::Test {
 protected:
  /// How often each was said in so many seconds.
  std::pair<int, int> pass(int seconds, bool ready, bool struggling = false) {
    int dead = 0, well = 0;
    for (int i = 0; i < seconds; ++i) {
      clock_.advance(kSecond);
      const Verdict verdict = watch_.look(ready, struggling, clock_.mono());
      dead += verdict == Verdict::dead, well += verdict == Verdict::well;
    }
    return {dead, well};
  }
  ManualClock clock_;
  AgentWatch watch_;
};

using Said = std::pair<int, int>;

TEST_F(AgentWatchTest, a_restart_of_the_agent_is_no_death) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pass(60, true), Said(0, 0));
    EXPECT_EQ(pass(20, false), Said(0, 0));
  }
}

TEST_F(AgentWatchTest, dead_is_said_once_for_a_streak_and_well_after_it) {
  EXPECT_EQ(pass(300, false), Said(1, 0));
  EXPECT_EQ(pass(10, true), Said(0, 0));
  EXPECT_EQ(pass(300, false), Said(0, 0)) << "it was never well between";
  EXPECT_EQ(pass(60, true), Said(0, 1));
  EXPECT_EQ(pass(300, false), Said(1, 0));
}

TEST_F(AgentWatchTest, struggling_is_dead_at_once) {
  EXPECT_EQ(pass(5, true), Said(0, 0));
  EXPECT_EQ(pass(1, false, true), Said(1, 0));
}

TEST(HelperCommand, runs_and_is_killed_when_it_takes_too_long) {
  HelperCommand helper;
  const MonoNs now = SystemClock().mono();
  ASSERT_TRUE(helper.begin({"sleep", "1000"}, {"PATH=/usr/bin:/bin"}, now));
  EXPECT_EQ(helper.begin({"true"}, {"PATH=/usr/bin:/bin"}, now).error().code(), Code::conflict);
  helper.tend(now + HelperCommand::kTimeout);
  int status = 0;
  ASSERT_GT(::waitpid(-1, &status, 0), 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(helper.begin({"true"}, {"PATH=/usr/bin:/bin"}, now)) << "the one before is gone";
  ASSERT_GT(::waitpid(-1, &status, 0), 0);
  EXPECT_FALSE(helper.begin({"/nowhere/page"}, {}, now));
}

}  // namespace
}  // namespace steward::keeper
