// The keeper's small formats: notify datagrams, gates, run records, env files, the note between two images.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include "keeper/gate.hpp"
#include "keeper/handoff.hpp"
#include "keeper/notify.hpp"
#include "keeper/run_files.hpp"
#include "keeper/run_record.hpp"
#include "os/files.hpp"

namespace steward::keeper {
namespace {

TEST(Notify, ReadsWhatSystemdDefinesAndSkipsTheRest) {
  const auto message = parse_notify("READY=1\nSTATUS=warm = good\nMAINPID=12\nWATCHDOG=1\n");
  ASSERT_TRUE(message);
  EXPECT_EQ(*message, (NotifyMessage{.ready = true, .watchdog = true, .status = "warm = good"}));
  EXPECT_EQ(*parse_notify("STOPPING=1"), (NotifyMessage{.stopping = true}));
  EXPECT_EQ(*parse_notify("READY=0\nWATCHDOG=trigger"), NotifyMessage{});
}

TEST(Notify, RefusesWhatIsNotKeysAndValues) {
  for (const std::string& bad :
       {std::string(), std::string("READY"), std::string("=1"), std::string(kMostNotify + 1, 'x')}) {
    EXPECT_FALSE(parse_notify(bad)) << bad.size();
  }
}

TEST(Gate, ReadsBackWhatItWrites) {
  for (const Gate& gate : {Gate{}, Gate{.open = true, .epoch = 7, .deadline = 99},
                           Gate{.open = false, .epoch = 8, .reason = "daily loss"}}) {
    const auto read = parse_gate(format_gate(gate));
    ASSERT_TRUE(read) << format_gate(gate);
    EXPECT_EQ(*read, gate);
  }
  EXPECT_EQ(format_gate({.open = false, .epoch = 3, .reason = "two\nlines"}), "closed 3 two lines\n");
}

TEST(Gate, AnythingElseIsCorrupt) {
  for (const char* bad :
       {"", "open\n", "open 1", "open x\n", "open 1 x\n", "open 1 0\n", "open 1 2 3\n", "ajar 1\n",
        "open 1\nopen 2\n", "open -1\n", "closed\n", " open 1\n", "open  1\n"}) {
    EXPECT_FALSE(parse_gate(bad)) << bad;
  }
}

TEST(Gate, AMissingOrCorruptFileIsClosed) {
  const std::string path = "/tmp/steward-gate-test-" + std::to_string(::getpid());
  bool missing = false;
  EXPECT_FALSE(load_gate(path, missing).open);
  EXPECT_TRUE(missing);
  ASSERT_TRUE(swap_file(path, "open 1 \n"));
  EXPECT_FALSE(load_gate(path, missing).open);
  EXPECT_FALSE(missing);
  ASSERT_TRUE(swap_file(path, "open 4\n"));
  EXPECT_EQ(load_gate(path, missing).epoch, 4U);
  ::unlink(path.c_str());
}

RC_GTEST_PROP(RunRecord, reads_back_what_it_writes,
              (int pid, std::uint64_t start, std::uint64_t restarts, bool ready, bool ended)) {
  RunRecord record{.pid = std::abs(pid % 4'000'000),
                   .bot = *rc::gen::string<std::string>(),
                   .run = "01M81S5HDK1NQAFM4RHCT96KBW",
                   .start_time = start,
                   .boot_id = "x",
                   .cgroup = *rc::gen::string<std::string>(),
                   .restarts = restarts,
                   .ready = ready,
                   .ended = ended};
  const auto bytes = format_run_record(record);
  RC_PRE(bytes.has_value());
  RC_ASSERT(bytes->size() == kRunRecordSize);
  const auto read = parse_run_record(*bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == record);
}

TEST(RunRecord, ThePidThatTheChildWritesIsInItsPlace) {
  auto bytes = format_run_record({.bot = "a"});
  ASSERT_TRUE(bytes);
  bytes->replace(kRunRecordPidAt, 10, "0000012345");
  EXPECT_EQ(parse_run_record(*bytes)->pid, 12345);
}

TEST(RunRecord, RefusesWhatIsTornOrTooLong) {
  auto bytes = format_run_record({.bot = "a"});
  EXPECT_FALSE(parse_run_record(bytes->substr(0, 60)));
  EXPECT_FALSE(parse_run_record(""));
  EXPECT_FALSE(format_run_record({.bot = std::string(kRunRecordSize, 'x')}));
}

TEST(EnvFile, TakesCommentsExportsAndQuotes) {
  const auto entries = parse_env_file("# c\n\nA=1\nexport B = \"two words\" \r\nC='x'\nD=\nE=a=b\n");
  ASSERT_TRUE(entries);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(*entries, (Pairs{{"A", "1"}, {"B", "two words"}, {"C", "x"}, {"D", ""}, {"E", "a=b"}}));
}

TEST(EnvFile, NamesTheBadLineWithoutShowingIt) {
  const auto entries = parse_env_file("A=1\nsecret\n");
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().text(), "line 2: expected NAME=VALUE");
}

TEST(Handoff, ReadsBackWhatItWrites) {
  Handoff handoff{
      .lock = 3, .control = 5, .files_soft = 1024, .runs = {{"a", {.run = "R", .notify = 7, .output = 8}}}};
  const auto read = parse_handoff(format_handoff(handoff));
  ASSERT_TRUE(read);
  EXPECT_EQ(format_handoff(*read), format_handoff(handoff));
  EXPECT_FALSE(parse_handoff("lock 3\nrun a"));
}

}  // namespace
}  // namespace steward::keeper
