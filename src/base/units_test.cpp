#include "base/units.hpp"

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "base/clock.hpp"

namespace steward {
namespace {

TEST(Duration, ReadsWholeNumbersWithUnits) {
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("250ms"), 250 * kMillisecond);
  EXPECT_EQ(parse_duration("10s"), 10 * kSecond);
  EXPECT_EQ(parse_duration("1h30m"), 5400 * kSecond);
  EXPECT_EQ(parse_duration("7d"), 7 * 86400 * kSecond);
}

TEST(Duration, RefusesWhatIsNotOneWithASentence) {
  for (const char* bad : {"", "10", "s", "-1s", "1.5s", "10 s", "10sec", "1s1s", "1s1h",
                          "99999999999999999999s", "200000000w"}) {
    const auto read = parse_duration(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code(), Code::invalid);
    EXPECT_NE(read.error().message().find(bad), std::string::npos);
  }
}

TEST(Duration, ASettingReadsBackTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto ns = *rc::gen::inRange<std::int64_t>(0, 100'000 * kSecond);
    RC_ASSERT(parse_duration(duration_setting(ns)).value() == ns);
  }));
}

TEST(Duration, IsShownShort) {
  EXPECT_EQ(format_duration(350 * kMillisecond), "350 ms");
  EXPECT_EQ(format_duration(12 * kSecond), "12 s");
  EXPECT_EQ(format_duration(247 * kSecond), "4m 07s");
  EXPECT_EQ(format_duration(11'100 * kSecond), "3h 05m");
  EXPECT_EQ(format_duration(-kSecond), "-1 s");
}

TEST(Bytes, ReadsBothKindsOfUnits) {
  EXPECT_EQ(parse_bytes("0"), 0);
  EXPECT_EQ(parse_bytes("512B"), 512);
  EXPECT_EQ(parse_bytes("64MiB"), 64 << 20);
  EXPECT_EQ(parse_bytes("1.5KiB"), 1536);
  EXPECT_EQ(parse_bytes("10MB"), 10'000'000);
  for (const char* bad : {"", "64", "64mib", "64 MiB", "-1B", "0.3B", "1e400B", "99999999TiB", "MiB"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
}

TEST(Percent, IsAFractionOfOne) {
  EXPECT_DOUBLE_EQ(parse_percent("85%").value(), 0.85);
  for (const char* bad : {"85", "101%", "-1%", "%", "85 %"}) EXPECT_FALSE(parse_percent(bad)) << bad;
}

TEST(Utc, IsRfc3339BeforeAndAfterTheEpoch) {
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(1'669'123'456'789 * kMillisecond), "2022-11-22T13:24:16.789Z");
  EXPECT_EQ(format_utc(-kMillisecond), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace steward
