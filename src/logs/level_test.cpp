#include "logs/level.hpp"

#include <gtest/gtest.h>

#include "logs/stamp.hpp"

namespace steward::logs {
namespace {

std::string level(std::string_view line) {
  return std::string(kLevelNames[static_cast<std::size_t>(read_line(line).level)]);
}

TEST(Level, IsReadFromJson) {
  EXPECT_EQ(level(R"({"asctime": "2026-11-22 13:20:05,123", "levelname": "ERROR", "message": "x"})"),
            "error");
  EXPECT_EQ(level(R"({"message": "levelname: \"ERROR\"", "levelname": "INFO"})"), "info");
  EXPECT_EQ(level(R"({"a": {"level": "error", "b": ["}"]}, "level": "warn"})"), "warning");
  EXPECT_EQ(level(R"({"level":50,"msg":"pino"})"), "error");
  EXPECT_EQ(level(R"({"levelno":50,"msg":"python"})"), "critical");
  EXPECT_EQ(level(R"({"severity":"Critical"})"), "critical");
  EXPECT_EQ(level(R"({"message":"no level"})"), "other");
  EXPECT_EQ(level(R"({"levelname": "ERROR", "message": "cut off in the mid)"), "error");
  EXPECT_EQ(level("{not json} ERROR"), "other");
}

TEST(Level, IsReadFromPythonsLines) {
  EXPECT_EQ(level("ERROR:flumine.execution:placing failed"), "error");
  EXPECT_EQ(level("WARNING:root:x"), "warning");
  EXPECT_EQ(level("2026-11-22 13:20:05,123 - bot - ERROR - text"), "error");
  EXPECT_EQ(level("2026-11-22 13:20:05,123:CRITICAL:bot:text"), "critical");
  EXPECT_EQ(level("2026-11-22 13:20:05 DEBUG text"), "debug");
  EXPECT_EQ(level("[2026-11-22 13:20:05] [INFO] text"), "info");
  EXPECT_EQ(level("[ERROR] text"), "error");
  EXPECT_EQ(level("  \x1b[31mERROR\x1b[0m text"), "error");
}

TEST(Level, IsReadFromOtherLoggers) {
  EXPECT_EQ(level("time=2026-11-22T13:20:05Z level=error msg=\"x\""), "error");
  EXPECT_EQ(level("ts=1 lvl=\"warn\" x"), "warning");
  EXPECT_EQ(level("E1122 13:20:05.123456 1 file.go:1] x"), "error");
  EXPECT_EQ(level("2026-11-22T13:20:05Z  WARN my::crate: x"), "warning");
  EXPECT_EQ(level("error: something"), "error");
  EXPECT_EQ(level("panic: runtime error"), "critical");
}

TEST(Level, IsNotGuessed) {
  for (const char* line : {"", "hello", "an ERROR came", "no error", "errors: none",
                           "Traceback (most recent call last):", "ValueError: x", "error count is 0",
                           "2026-11-22 the market had no ERROR", "xlevel=error"})
    EXPECT_EQ(level(line), "other") << line;
}

TEST(Level, AMessageIsReadable) {
  const auto text = [](std::string_view line) { return readable(read_line(line), 20); };
  EXPECT_EQ(text(R"({"levelname":"ERROR","message":"a \"b\"\nc"})"), "a \"b\" c");
  EXPECT_EQ(text("ERROR: \x01 a\xff"), "ERROR:   a?");
  EXPECT_EQ(text("ERROR: " + std::string(13, 'x')), "ERROR: " + std::string(13, 'x'));
  EXPECT_EQ(text("ERROR: 12345678901€"), "ERROR: 12345678901") << "no half of a character";
}

TEST(Stamp, IsATime) {
  EXPECT_EQ(time_of("2026-11-22T13:20:05.123Z"), 1'795'353'605'123 * kMillisecond);
  EXPECT_EQ(time_of("2026-11-22T13:20:05.12xZ"), 0);
  EXPECT_EQ(stamp_of("hello"), "");
}

}  // namespace
}  // namespace steward::logs
