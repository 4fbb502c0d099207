#include "cli/log_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/zone.hpp"

namespace steward::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string line(int minute, const std::string& text) {
  return fmt::format("2026-11-22T13:{:02}:00.000Z {}\n", minute, text);
}

/// A bot's folder of runs.
class Logs : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/steward-logs-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    runs_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(runs_); }

  void write(const std::string& name, const std::string& text, bool append = false) {
    std::filesystem::create_directories(std::filesystem::path(runs_ + "/" + name).parent_path());
    std::ofstream(runs_ + "/" + name, append ? std::ios::app : std::ios::trunc) << text;
  }
  void write_packed(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(runs_ + "/" + name).parent_path());
    const ::gzFile file = ::gzopen((runs_ + "/" + name).c_str(), "wb");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    ::gzclose(file);
  }
  std::string printed(const LogRange& range) {
    std::string out;
    print_log(log_files(runs_), range, [&](std::string_view text) { out += text; });
    return out;
  }
  void write_three_runs() {
    write_packed("A/out.log.000001.gz", line(1, "one") + line(2, "two"));
    write("A/out.log.000002", line(3, "three"));
    write("A/out.log", line(4, "four"));
    write("B/out.log", "");
    write("C/out.log", line(5, "five") + line(6, "six"));
  }

  std::string runs_;
};

TEST_F(Logs, AreReadFromTheOldestRunToTheNewest) {
  write_three_runs();
  EXPECT_EQ(printed({}), line(1, "one") + line(2, "two") + line(3, "three") + line(4, "four") +
                             line(5, "five") + line(6, "six"));
}

TEST_F(Logs, AFileThatIsBeingCompressedCountsOnce) {
  write("A/out.log.000001", line(1, "one"));
  write_packed("A/out.log.000001.gz", line(1, "one"));
  write("A/out.log", line(2, "two"));
  write("A/out.log.tmp", "nothing of ours");
  EXPECT_THAT(log_files(runs_), ElementsAre(EndsWith("out.log.000001.gz"), EndsWith("out.log")));
}

TEST_F(Logs, TheLastLinesMayLieInSeveralFiles) {
  write_three_runs();
  EXPECT_EQ(printed({.lines = 1}), line(6, "six"));
  EXPECT_EQ(printed({.lines = 3}), line(4, "four") + line(5, "five") + line(6, "six"));
  EXPECT_EQ(printed({.lines = 5}),
            line(2, "two") + line(3, "three") + line(4, "four") + line(5, "five") + line(6, "six"));
  EXPECT_EQ(printed({.lines = 99}), printed({}));
  EXPECT_EQ(printed({.lines = 0}), "");
}

TEST_F(Logs, SinceBeginsAtTheFirstLineOfThatTime) {
  write_three_runs();
  EXPECT_EQ(printed({.since = "2026-11-22T13:04:00.000Z"}),
            line(4, "four") + line(5, "five") + line(6, "six"));
  EXPECT_EQ(printed({.since = "2026-11-22T13:02:00.000Z"}).substr(25, 3), "two");
  EXPECT_EQ(printed({.since = "2026-11-22T14:00:00.000Z"}), "");
  EXPECT_EQ(printed({.since = "2026-11-22T13:02:00.000Z", .lines = 1}), line(6, "six"));
}

TEST_F(Logs, ATornLastLineIsShownAndLinesWithoutAStampStayWithTheirs) {
  write("A/out.log", line(1, "one") + "  continued\n" + line(2, "two") + "torn");
  EXPECT_EQ(printed({.since = "2026-11-22T13:01:00.000Z"}),
            line(1, "one") + "  continued\n" + line(2, "two") + "torn");
  EXPECT_EQ(printed({.lines = 2}), line(2, "two") + "torn");
}

TEST_F(Logs, AFolderThatIsNotThereHasNone) {
  EXPECT_TRUE(log_files(runs_ + "/none").empty());
}

TEST_F(Logs, FollowingGoesOnThroughRotationAndRestart) {
  write("A/out.log", line(1, "one"));
  std::string out;
  const PrintText print = [&](std::string_view text) { out += text; };
  const auto files = log_files(runs_);
  const std::int64_t offset = print_log(files, {.lines = 0}, print);
  LogFollower follower(runs_, files.back(), offset);
  follower.step(print);
  EXPECT_EQ(out, "");
  write("A/out.log", line(2, "two"), true);
  follower.step(print);
  EXPECT_EQ(out, line(2, "two"));
  write("A/out.log", line(3, "three"), true);
  std::filesystem::rename(runs_ + "/A/out.log", runs_ + "/A/out.log.000001");
  write("A/out.log", line(4, "four"));
  follower.step(print);
  EXPECT_EQ(out, line(2, "two") + line(3, "three") + line(4, "four"));
  write("A/out.log", line(5, "five"), true);
  write("B/out.log", line(6, "six"));
  write("C/out.log", line(7, "seven"));
  follower.step(print);
  EXPECT_THAT(out, EndsWith(line(4, "four") + line(5, "five") + line(6, "six") + line(7, "seven")));
}

TEST_F(Logs, FollowingBeginsBeforeTheFirstRun) {
  std::string out;
  const PrintText print = [&](std::string_view text) { out += text; };
  LogFollower follower(runs_, "", 0);
  follower.step(print);
  write("A/out.log", line(1, "one"));
  follower.step(print);
  EXPECT_EQ(out, line(1, "one"));
}

TEST(LogSince, TakesAgesAndTimes) {
  use_zone("Europe/London");
  const WallNs now = 1'783'253'105 * kSecond;  // 2026-07-05T12:05:05Z, 13:05:05 in London
  EXPECT_EQ(parse_since("10m", now).value(), "2026-07-05T11:55:05.000Z");
  EXPECT_EQ(parse_since("13:00", now).value(), "2026-07-05T12:00:00.000Z");
  EXPECT_EQ(parse_since("2026-07-04", now).value(), "2026-07-03T23:00:00.000Z");
  EXPECT_EQ(parse_since("2026-07-04T13:00:01", now).value(), "2026-07-04T12:00:01.000Z");
  EXPECT_EQ(parse_since("2026-07-04T13:00Z", now).value(), "2026-07-04T13:00:00.000Z");
  EXPECT_THAT(parse_since("yesterday", now).error().message(),
              HasSubstr("\"yesterday\" is no time; write how long ago"));
}

RC_GTEST_FIXTURE_PROP(Logs, TheLastLinesAreThoseOfTheWhole, ()) {
  // Up to six runs of up to five lines; the longest lines span the blocks that are read backwards.
  const auto length = rc::gen::element<std::size_t>(0, 1, 40, 30'000, 70'000);
  const auto lengths_of_run = rc::gen::resize(5, rc::gen::container<std::vector<std::size_t>>(length));
  const auto shape =
      *rc::gen::resize(6, rc::gen::container<std::vector<std::vector<std::size_t>>>(lengths_of_run));
  std::filesystem::remove_all(runs_);
  std::vector<std::string> all;
  int run = 0;
  for (const auto& lengths : shape) {
    std::string text;
    for (const std::size_t characters : lengths) {
      all.push_back(line(1, std::string(characters, 'x')));
      text += all.back();
    }
    const std::string folder = fmt::format("{:04}", run++);
    run % 2 == 0 ? write_packed(folder + "/out.log.000001.gz", text) : write(folder + "/out.log", text);
  }
  const auto wanted = *rc::gen::inRange<std::int64_t>(0, 12);
  std::string expected;
  for (std::size_t i = all.size() - std::min(all.size(), static_cast<std::size_t>(wanted)); i < all.size();
       ++i)
    expected += all[i];
  RC_ASSERT(printed({.lines = wanted}) == expected);
}

}  // namespace
}  // namespace steward::cli
