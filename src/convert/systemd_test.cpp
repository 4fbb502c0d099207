#include "convert/systemd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/test_machine.hpp"
#include "convert/unit_values.hpp"

namespace steward::convert {
namespace {

using testing::ElementsAre;
using testing::Pair;

Result<ForeignBot> read(const std::string& text, const Machine& machine = test_machine(),
                        const std::string& name = "trading.service") {
  Unit unit{.name = name, .path = "/etc/systemd/system/" + name};
  if (auto good = parse_unit(text, unit.path, unit.directives); !good) return std::unexpected(good.error());
  auto converted = from_units({&unit, 1}, machine);
  if (!converted) return std::unexpected(converted.error());
  return std::move(converted->bots.at(0));
}

/// The bot of [Service] lines, with a command unless they have one.
ForeignBot service(const std::string& lines, const Machine& machine = test_machine()) {
  const bool has_command = lines.find("ExecStart=") != std::string::npos;
  return read("[Service]\n" + std::string(has_command ? "" : "ExecStart=/bin/x\n") + lines, machine).value();
}

std::vector<std::string> command(const std::string& line) {
  return service("ExecStart=" + line + "\n").bot.spec.args;
}

std::string lost(const ForeignBot& bot) {
  std::string all;
  for (const Remark& remark : bot.remarks)
    if (remark.lost) all += remark.where + ": " + remark.text + "\n";
  return all;
}

TEST(Unit, WordsAreSplitAsSystemdDoes) {
  EXPECT_THAT(command(R"(/bin/a "b c" 'd "e' f\x20g h\ti)"),
              ElementsAre("/bin/a", "b c", "d \"e", "f g", "h\ti"));
  EXPECT_THAT(command("/bin/a  b \\\n  # no word\n  c"), ElementsAre("/bin/a", "b", "c"));
  EXPECT_THAT(command("/bin/date +%%s $$HOME \\;"), ElementsAre("/bin/date", "+%s", "$HOME", ";"));
  EXPECT_EQ(read("[Service]\nExecStart=/bin/a \"b\n").error().message(),
            "trading.service:2: ExecStart: a \" has no end; close the quote");
}

TEST(Unit, VariablesOfItsOwnArePutIn) {
  const std::string env = "Environment=ONE=1 'TWO=2 3'\n";
  EXPECT_THAT(service(env + "ExecStart=/bin/a x${ONE} ${TWO} $TWO\n").bot.spec.args,
              ElementsAre("/bin/a", "x1", "2 3", "2", "3"));
  EXPECT_THAT(service(env + "ExecStart=:/bin/a $ONE\n").bot.spec.args, ElementsAre("/bin/a", "$ONE"));
}

TEST(Unit, OtherVariablesAreAShells) {
  EXPECT_THAT(command("/bin/a 'it''s' x${KEY} $MORE"),
              ElementsAre("sh", "-c", "set -f; exec /bin/a its \"x${KEY}\" $MORE"));
}

TEST(Unit, WhatRunsBeforeIsPartOfTheCommand) {
  const auto bot = service("ExecStartPre=/bin/one 'a b'\nExecStartPre=-/bin/two\nExecStart=/bin/x\n");
  EXPECT_THAT(bot.bot.spec.args,
              ElementsAre("sh", "-c", "set -f; /bin/one 'a b' || exit; /bin/two || :; exec /bin/x"));
  EXPECT_EQ(lost(bot), "");
}

TEST(Unit, PrefixesOfTheCommandAreTakenOffAndSaid) {
  const auto bot = service("ExecStart=-@/bin/x name y\nUser=me\n");
  EXPECT_THAT(bot.bot.spec.args, ElementsAre("/bin/x", "y"));
  EXPECT_THAT(lost(bot), testing::HasSubstr("is a failure"));
  EXPECT_THAT(lost(bot), testing::HasSubstr("its own name"));
  EXPECT_THAT(lost(service("ExecStart=+/bin/x\nUser=me\n")), testing::HasSubstr("rights of its user me"));
}

TEST(Unit, AnEmptyValueForgetsWhatWasSaidBefore) {
  EXPECT_THAT(service("ExecStart=/bin/old\nExecStart=\nExecStart=/bin/new\n").bot.spec.args,
              ElementsAre("/bin/new"));
  EXPECT_THAT(service("Environment=A=1\nEnvironment=\nEnvironment=B=2\n").bot.spec.env,
              ElementsAre(Pair("B", "2")));
}

TEST(Unit, AnInstanceKnowsItsName) {
  const auto bot = read("[Service]\nExecStart=/bin/x %i %I %n %p %h\n", test_machine(), "bot@a-b.service");
  ASSERT_TRUE(bot);
  EXPECT_EQ(bot->bot.name(), "bot-a-b");
  EXPECT_THAT(bot->bot.spec.args, ElementsAre("/bin/x", "a-b", "a/b", "bot@a-b.service", "bot", "/root"));
}

TEST(Unit, ASpecifierThatIsNotKnownHereIsSaid) {
  EXPECT_THAT(lost(service("ExecStart=/bin/x %m\n")),
              testing::HasSubstr("what %m stands for is not known here"));
}

TEST(Unit, RestartsAreMapped) {
  using keeper::Restart;
  EXPECT_EQ(service("").bot.spec.restart, Restart::never);
  EXPECT_EQ(service("Restart=no\n").bot.spec.restart, Restart::never);
  EXPECT_EQ(service("Restart=always\n").bot.spec.restart, Restart::always);
  EXPECT_EQ(service("Restart=on-failure\n").bot.spec.restart, Restart::on_failure);
  for (const char* other : {"on-abnormal", "on-abort", "on-watchdog"}) {
    const auto bot = service(fmt::format("Restart={}\n", other));
    EXPECT_EQ(bot.bot.spec.restart, Restart::on_failure);
    EXPECT_THAT(lost(bot), testing::HasSubstr("exit status other than 0"));
  }
  const auto success = service("Restart=on-success\n");
  EXPECT_EQ(success.bot.spec.restart, Restart::always);
  EXPECT_THAT(lost(success), testing::HasSubstr("after a failure too"));
}

TEST(Unit, TimesAndLimitsAreMapped) {
  const auto spec = service(
                        "Type=notify\nRestartSec=1min 500ms\nTimeoutStartSec=infinity\nTimeoutStopSec=20\n"
                        "WatchdogSec=2.5s\nMemoryMax=1.5G\nLimitNOFILE=1024:4096\nStartLimitIntervalSec=0\n")
                        .bot.spec;
  EXPECT_EQ(spec.restart_delay, 60'500 * kMillisecond);
  EXPECT_EQ(spec.start_timeout, 0);
  EXPECT_EQ(spec.stop_timeout, 20 * kSecond);
  EXPECT_EQ(spec.watchdog, 2500 * kMillisecond);
  EXPECT_EQ(spec.memory_max, 3LL << 29);
  EXPECT_EQ(spec.files_max, 1024);
  EXPECT_EQ(spec.budget_count, 10'000) << "systemd tries for ever";
  EXPECT_EQ(service("TimeoutSec=7\nType=notify\n").bot.spec.start_timeout, 7 * kSecond);
  EXPECT_EQ(service("Type=notify\n").bot.spec.start_timeout, 90 * kSecond) << "systemd's default";
}

TEST(Unit, TheWorkingDirectoryMayBeAHomeOrMissing) {
  EXPECT_EQ(service("").bot.spec.working_dir, "/");
  EXPECT_EQ(service("WorkingDirectory=~\nUser=me\n").bot.spec.working_dir, "/home/me");
  EXPECT_EQ(service("WorkingDirectory=-/nowhere\n").bot.spec.working_dir, "/");
  EXPECT_EQ(service("WorkingDirectory=-/tmp\n").bot.spec.working_dir, "/tmp");
}

TEST(Unit, ItsEnvironmentFileWinsAsInSystemd) {
  const auto machine = test_machine("/etc/bot.env", "A=file\n");
  const auto bot = service("Environment=A=unit B=unit\nEnvironmentFile=/etc/bot.env\n", machine);
  EXPECT_EQ(bot.bot.spec.env_file, "/etc/bot.env");
  EXPECT_THAT(bot.bot.spec.env, ElementsAre(Pair("B", "unit")));
  EXPECT_EQ(service("EnvironmentFile=-/missing\n").bot.spec.env_file, "");
  EXPECT_THAT(lost(service("EnvironmentFile=/a\nEnvironmentFile=/b\n")), testing::HasSubstr("one env_file"));
}

TEST(Unit, NoDirectiveIsDroppedInSilence) {
  for (const char* line :
       {"ExecStop=/bin/y", "ExecReload=/bin/y", "ExecStartPost=/bin/y", "KillSignal=SIGINT", "KillMode=none",
        "DynamicUser=yes", "PIDFile=/run/x", "Type=forking", "Group=other", "MemoryHigh=1G", "Nice=5",
        "ProtectHome=yes", "LimitCORE=0", "SomethingNew=1", "StandardOutput=file:/x", "MemoryMax=20%",
        "Environment=STEWARD_BOT=x", "Environment=API_KEY=x"}) {
    EXPECT_THAT(lost(service(std::string(line) + "\n")), testing::HasSubstr("trading.service:3: ")) << line;
  }
}

TEST(Unit, UnitsWaitForOneAnother) {
  const auto unit = [](const std::string& name, const std::string& lines) {
    Unit unit{.name = name, .path = "/etc/systemd/system/" + name};
    EXPECT_TRUE(
        parse_unit("[Unit]\n" + lines + "\n[Service]\nExecStart=/bin/x\n", unit.path, unit.directives));
    return unit;
  };
  const std::vector<Unit> units{unit("a.service", "After=b.service network.target"), unit("b.service", ""),
                                unit("c.service", "Before=a.service other.service")};
  const auto converted = from_units(units, test_machine());
  ASSERT_TRUE(converted);
  EXPECT_THAT(converted->bots[0].bot.spec.after, ElementsAre("b", "c"));
  EXPECT_EQ(lost(converted->bots[0]), "");
  EXPECT_THAT(lost(converted->bots[2]), testing::HasSubstr("Before=other.service"));
}

TEST(Unit, WhatIsNoUnitIsSaidWithItsLine) {
  EXPECT_EQ(read("[Service]\nhello\n").error().message(),
            "/etc/systemd/system/trading.service:2: expected Key=Value in a section such as [Service], found "
            "\"hello\"");
  EXPECT_THAT(read("[Service]\nUser=me\n").error().message(), testing::HasSubstr("no ExecStart="));
  EXPECT_THAT(read_unit("/x/bot@.service").error().message(),
              testing::HasSubstr("is a template; name an instance"));
}

TEST(UnitTimeSpan, IsSystemds) {
  EXPECT_EQ(unit_time_span("5min 20s"), 320 * kSecond);
  EXPECT_EQ(unit_time_span("2h30min"), 9000 * kSecond);
  EXPECT_EQ(unit_time_span("90"), 90 * kSecond);
  EXPECT_EQ(unit_time_span("55s500ms"), 55'500 * kMillisecond);
  EXPECT_EQ(unit_time_span("infinity"), kInfinite);
  EXPECT_EQ(unit_time_span("soon"), std::nullopt);
  EXPECT_EQ(unit_time_span(""), std::nullopt);
}

}  // namespace
}  // namespace steward::convert
