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

TEST(UsageSamplerTest, APidThatNobodyHasGivesNothing) {
  UsageSampler sampler;
  const std::vector<UsageSampler::Subject> subjects{{.bot = "gone", .run = "R1", .pid = (1 << 22) + 1}};
  sampler.sample(subjects, kSecond);
  EXPECT_FALSE(sampler.usage("gone"));
}

}  // namespace
}  // namespace steward::metrics
