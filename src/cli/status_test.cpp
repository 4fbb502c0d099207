#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/status_report.hpp"
#include "cli/status_table.hpp"
#include "cli/zone.hpp"

namespace steward::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallNs kNow = 1'795'357'505 * kSecond;  // 2026-11-22T14:25:05Z

/// What the agent answers, as docs/formats/control.md has it.
constexpr const char* kAnswer =
    R"({"ok":true,"now":1795357505000000000,"timezone":"Europe/London","currency":"GBP",
"agent":{"pid":10,"uptime_ns":5,"version":"0.1.0"},"keeper":{"reachable":true,"pid":9,"uptime_ns":6,"version":"0.1.0"},
"config":{"path":"/etc/steward/steward.toml","changed_not_loaded":true,"error":null},
"health":{"status":"degraded","reasons":["drifter is backing-off"]},
"addresses":{"metrics":"http://127.0.0.1:8000/metrics","dashboard":"http://127.0.0.1:8080/dashboard"},
"notices":["the disk is nearly full"],
"bots":[
{"name":"racing","state":"ready","state_reason":"","since":1795350305000000000,"next_start":null,"pid":1234,"run":"01J","started_at":1795350304000000000,
 "restarts":0,"last_exit":null,"memory_bytes":125829120,"cpu_percent":2.13,"orders":12,"daily_pnl":4.20,"unrealized":-1.5,"currency":"GBP",
 "journal_age_ns":400000000,"gate":{"open":true,"reason":"","epoch":3},"staged":true,"status_text":"3 markets"},
{"name":"drifter","state":"backing-off","state_reason":"exit 1","since":1795357500000000000,"next_start":1795357513000000000,"pid":null,"run":null,
 "started_at":null,"restarts":3,"last_exit":{"at":1795357500000000000,"text":"exit 1"},"memory_bytes":null,"cpu_percent":null,"orders":3,
 "daily_pnl":-1.00,"unrealized":0,"currency":"EUR","journal_age_ns":null,"gate":{"open":false,"reason":"odd prices","epoch":4},"staged":false,
 "status_text":null}]})";

class StatusTable : public testing::Test {
 protected:
  void SetUp() override { use_zone("Europe/London"); }
};

TEST_F(StatusTable, ShowsHowTheBackupsStand) {
  auto report = status_of_agent(
      R"({"now":1795357505000000000,"bots":[],"backups":[
{"name":"trading","running":false,"drilling":false,"next":1795359600000000000,"overdue_ns":0,"failures":0,"drill_failures":0,
 "last":{"started":1795338000000000000,"finished":1795338003000000000,"error":null},
 "newest":{"started":1795338000000000000,"bytes":125829120},"proved":{"started":1795251600000000000}},
{"name":"db","running":false,"next":1795357600000000000,"overdue_ns":900000000000,"failures":4,
 "last":{"started":1795357400000000000,"finished":1795357401000000000,"error":"the store\ndoes not answer"},"newest":null,"proved":null}]})");
  ASSERT_TRUE(report.has_value()) << report.error().text();
  EXPECT_THAT(status_table(*report, false),
              HasSubstr("\n"
                        "BACKUP   STATE      NEWEST       SIZE  PROVED            NEXT\n"
                        "trading  well       09:00:00  120 MiB  Sat 21 Nov 09:00  15:00:00\n"
                        "db       failed 4x  -               -  never             14:26:40\n"
                        "\n"
                        "backup db: the store does not answer\n"));
}

TEST_F(StatusTable, ShowsWhatTheAgentSays) {
  const auto report = status_of_agent(kAnswer);
  ASSERT_TRUE(report.has_value()) << report.error().text();
  EXPECT_EQ(
      status_table(*report, false),
      "degraded  14:25:05 GMT  dashboard http://127.0.0.1:8080/dashboard  metrics "
      "http://127.0.0.1:8000/metrics\n"
      "\n"
      "BOT      STATE        UPTIME  RESTARTS  LAST EXIT          MEMORY    CPU  ORDERS  P&L TODAY  JOURNAL\n"
      "racing   ready *      2h 00m         0  -                 120 MiB  2.1 %      12      £4.20   400 ms\n"
      "drifter  backing-off       -         3  exit 1, 14:25:00        -      -       3     -€1.00        -\n"
      "\n"
      "degraded: drifter is backing-off\n"
      "the disk is nearly full\n"
      "/etc/steward/steward.toml has changed and is not loaded; `steward reload` loads it\n"
      "racing *: its new definition waits for the next start; `steward restart racing` takes it now\n"
      "racing says: 3 markets\n"
      "drifter: starts again in 8 s: exit 1\n"
      "drifter: the gate is closed (odd prices); `steward resume drifter` opens it\n");
}

TEST_F(StatusTable, ColoursForATerminalOnlyWhenAsked) {
  const auto report = status_of_agent(kAnswer);
  ASSERT_TRUE(report.has_value());
  EXPECT_THAT(status_table(*report, true), HasSubstr("\x1b[32mready *\x1b[0m"));
  EXPECT_THAT(status_table(*report, false), Not(HasSubstr("\x1b")));
}

TEST_F(StatusTable, ShowsWhatTheKeeperAloneKnows) {
  const auto report =
      status_of_keeper({{"keeper", "pid", "9"},
                        {"bot", "agent", "state", "backing-off"},
                        {"bot",    "racing",  "state",      "ready", "pid",      "1234",
                         "run",    "01J",     "restarts",   "2",     "since_ns", "1795357445000000000",
                         "exit",   "SIGKILL", "next_start", "0",     "gate",     "open",
                         "staged", "0",       "status",     ""}},
                       kNow);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->bots.size(), 1U);
  EXPECT_EQ(status_table(*report, false),
            "14:25:05 GMT\n"
            "\n"
            "BOT     STATE  UPTIME  RESTARTS  LAST EXIT  MEMORY  CPU  ORDERS  P&L TODAY  JOURNAL\n"
            "racing  ready  1m 00s         2  SIGKILL         -    -       -          -        -\n");
}

TEST_F(StatusTable, ControlCharactersOfABotReachNoTerminal) {
  StatusReport report;
  report.now = kNow;
  report.bots.push_back({.name = "a", .state = "ready", .status_text = "x\x1b[2J\ny"});
  EXPECT_THAT(status_table(report, false), HasSubstr("a says: x [2J y\n"));
}

TEST_F(StatusTable, SaysWhatToDoWithoutBots) {
  EXPECT_THAT(status_table(StatusReport{}, false), HasSubstr("no bots; add a [[bot]]"));
}

TEST(StatusReport, TheJsonOfTheKeepersStatusReadsBackAsTheSame) {
  const auto report =
      status_of_keeper({{"bot", "racing", "state", "backing-off", "restarts", "2", "since_ns", "5", "exit",
                         "exit 1", "reason", "exit 1", "next_start", "77", "gate", "closed", "staged", "1"}},
                       kNow);
  ASSERT_TRUE(report.has_value());
  const auto again = status_of_agent(to_json(*report));
  ASSERT_TRUE(again.has_value()) << again.error().text();
  ASSERT_EQ(again->bots.size(), 1U);
  EXPECT_EQ(again->now, kNow);
  EXPECT_EQ(again->bots[0].next_start, 77);
  EXPECT_EQ(again->bots[0].exit_text, "exit 1");
  EXPECT_FALSE(again->bots[0].gate_open);
  EXPECT_TRUE(again->bots[0].staged);
  EXPECT_FALSE(again->bots[0].pid.has_value());
}

TEST(StatusReport, AnAnswerThatIsNoStatusIsAnError) {
  for (const char* bad : {"", "{", "[]", R"({"ok":true})", R"({"bots":5})"}) {
    EXPECT_EQ(status_of_agent(bad).error().code(), Code::corrupt) << bad;
  }
}

TEST(StatusReport, FieldsOfAnotherKindAreNotKnown) {
  const auto report =
      status_of_agent(R"({"now":"x","bots":[{"name":5,"pid":"1","daily_pnl":1e300,"last_exit":[]},7]})");
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->bots.size(), 2U);
  EXPECT_FALSE(report->bots[0].pid.has_value());
  EXPECT_FALSE(report->bots[0].daily_pnl.has_value());
}

TEST(Zone, WritesMomentsAsShortAsTheyCanBe) {
  use_zone("Europe/London");
  EXPECT_EQ(local_moment(kNow - 10 * kSecond, kNow), "14:24:55");
  EXPECT_EQ(local_moment(kNow - 86'400 * kSecond, kNow), "Sat 21 Nov 14:25");
  EXPECT_EQ(local_moment(kNow - 400 * 86'400 * kSecond, kNow), "18 Oct 2025");
}

}  // namespace
}  // namespace steward::cli
