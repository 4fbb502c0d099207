#include "cli/progress_bar.hpp"

#include <gtest/gtest.h>

namespace steward::cli {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

TEST(ProgressText, SaysShareBytesRateTimeLeftAndFiles) {
  ProgressText text;
  backup::Meter::Reading now{.what = "restoring trading", .stage = 1, .total = 100 * kMiB};
  EXPECT_EQ(text.line(now, 0, 120), "restoring trading  [--------------------] 0%  0 B of 100 MiB");
  now.bytes = 25 * kMiB, now.files = 7;
  EXPECT_EQ(
      text.line(now, 5 * kSecond, 120),
      "restoring trading  [#####---------------] 25%  25.0 MiB of 100 MiB  5.0 MiB/s  15 s left  7 files");
  now.bytes = 100 * kMiB;
  EXPECT_EQ(text.line(now, 10 * kSecond, 50), "restoring trading  [####################] 100%");
}

TEST(ProgressText, AnEstimateIsCalledOneAndIsNeverAllOfIt) {
  ProgressText text;
  const backup::Meter::Reading now{
      .what = "x", .stage = 1, .bytes = 3 * kMiB, .total = 2 * kMiB, .about = true};
  EXPECT_EQ(text.line(now, 0, 120), "x  [###################-] about 99%  3.0 MiB of 2.0 MiB");
}

TEST(ProgressText, WithoutATotalThereIsTheTimeThatHasPassed) {
  ProgressText text;
  backup::Meter::Reading now{.what = "x", .stage = 1};
  text.line(now, 0, 120);
  EXPECT_EQ(text.line(now, 61 * kSecond, 120), "x  1m 01s");
  now.bytes = 122 * kMiB;
  EXPECT_EQ(text.line(now, 122 * kSecond, 120).substr(0, 11), "x  122 MiB ");
}

TEST(ProgressText, TheNextStageBeginsAnew) {
  ProgressText text;
  backup::Meter::Reading now{.what = "a", .stage = 1, .bytes = 0, .total = kMiB};
  text.line(now, 0, 120);
  now.bytes = kMiB;
  text.line(now, kSecond, 120);
  now = {.what = "b", .stage = 2, .total = kMiB};
  EXPECT_EQ(text.line(now, 2 * kSecond, 120), "b  [--------------------] 0%  0 B of 1.0 MiB");
}

TEST(ProgressText, NoLineIsWiderThanTheTerminal) {
  ProgressText text;
  const backup::Meter::Reading now{.what = "restoring\n\x1b[2J trading", .stage = 1, .total = 5};
  for (int width = 0; width < 80; ++width) {
    const std::string line = text.line(now, width * kSecond, width);
    EXPECT_LT(static_cast<int>(line.size()), std::max(width, 1));
    EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
  }
}

}  // namespace
}  // namespace steward::cli
