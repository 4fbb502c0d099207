#include "metrics/usage_sampler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace steward::metrics {
namespace {

TEST(UsageSamplerTest, LooksAtWhatRunsAndForgetsWhatDoesNot) {
  UsageSampler sampler;
  std::vector<UsageSampler::Subject> subjects{{.bot = "self", .run = "R1", .pid = ::getpid()},
                                              {.bot = "stopped", .run = "R2", .pid = 0}};
  sampler.sample(subjects, kSecond);
  ASSERT_TRUE(sampler.usage("self"));
  EXPECT_GT(sampler.usage("self")->memory_bytes, 0);
  EXPECT_FALSE(sampler.usage("stopped"));
  EXPECT_FALSE(sampler.usage("unheard-of"));
  subjects[0].pid = 0;
  sampler.sample(subjects, kSecond);
  EXPECT_FALSE(sampler.usage("self"));
}

TEST(UsageSamplerTest, TellsTheTrendOfARunsMemoryOnceItHasLived) {
  UsageSampler sampler;
  std::vector<UsageSampler::Subject> subjects{{.bot = "self", .run = "R1", .pid = ::getpid()}};
  MonoNs now = kSecond;
  for (int minute = 0; minute < 15; ++minute) sampler.sample(subjects, now += 60 * kSecond);
  EXPECT_FALSE(sampler.memory_growth_per_hour("self"));
  std::vector<char> leak;
  for (int minute = 0; minute < 60; ++minute) {
    leak.resize(leak.size() + (1 << 20), 1);
    sampler.sample(subjects, now += 60 * kSecond);
  }
  ASSERT_TRUE(sampler.memory_growth_per_hour("self"));
  EXPECT_GT(*sampler.memory_growth_per_hour("self"), 20 << 20);
  subjects[0].run = "R2";
  sampler.sample(subjects, now += 60 * kSecond);
  EXPECT_FALSE(sampler.memory_growth_per_hour("self")) << "another run begins anew";
}

TEST(UsageSamplerTest, APidThatNobodyHasGivesNothing) {
  UsageSampler sampler;
  const std::vector<UsageSampler::Subject> subjects{{.bot = "gone", .run = "R1", .pid = (1 << 22) + 1}};
  sampler.sample(subjects, kSecond);
  EXPECT_FALSE(sampler.usage("gone"));
}

}  // namespace
}  // namespace steward::metrics
