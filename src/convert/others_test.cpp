#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/compose.hpp"
#include "convert/compose_text.hpp"
#include "convert/cron_command.hpp"
#include "convert/crontab.hpp"
#include "convert/shell_words.hpp"
#include "convert/supervisord.hpp"
#include "convert/test_machine.hpp"
#include "convert/yaml.hpp"

namespace steward::convert {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string said(const std::vector<Remark>& remarks) {
  std::string all;
  for (const Remark& remark : remarks) all += remark.where + ": " + remark.text + "\n";
  return all;
}

ForeignBot program(const std::string& lines) {
  auto converted = from_supervisord("[program:racing]\n" + lines, "/etc/s.conf");
  EXPECT_TRUE(converted && !converted->bots.empty());
  return std::move(converted->bots.at(0));
}

TEST(Supervisord, EnvironmentHasQuotesCommasAndSeveralLines) {
  const auto bot =
      program("command=x\nenvironment=A=\"1,2\",B='it is',\n  C=3,D=\"%(program_name)s\" ; said\n");
  EXPECT_THAT(bot.bot.spec.env,
              ElementsAre(Pair("A", "1,2"), Pair("B", "it is"), Pair("C", "3"), Pair("D", "racing")));
}

TEST(Supervisord, RestartsAreMapped) {
  EXPECT_EQ(program("command=x\n").bot.spec.restart, keeper::Restart::on_failure);
  EXPECT_EQ(program("command=x\nautorestart=true\n").bot.spec.restart, keeper::Restart::always);
  EXPECT_EQ(program("command=x\nautorestart=false\n").bot.spec.restart, keeper::Restart::never);
}

TEST(Supervisord, PriorityIsAnOrder) {
  const auto all = from_supervisord(
      "[program:c]\ncommand=x\n[program:a]\ncommand=x\npriority=1\n"
      "[program:b]\ncommand=x\npriority=2\n",
      "/etc/s.conf");
  ASSERT_TRUE(all);
  EXPECT_THAT(all->bots[0].bot.spec.after, ElementsAre("b"));
  EXPECT_THAT(all->bots[1].bot.spec.after, ElementsAre());
  EXPECT_THAT(all->bots[2].bot.spec.after, ElementsAre("a"));
}

TEST(Supervisord, ASecretOfItsEnvironmentIsNotWritten) {
  const auto bot = program("command=x\nenvironment=KEY=\"%(ENV_KEY)s\"\n");
  EXPECT_TRUE(bot.bot.spec.env.empty());
  EXPECT_THAT(said(bot.remarks), HasSubstr("/etc/s.conf:3: environment KEY: %(ENV_KEY)s is not known here"));
}

TEST(Supervisord, WhatIsNoIniFileIsSaidWithItsLine) {
  EXPECT_EQ(from_supervisord("\nhello\n", "/s.conf").error().message(),
            "/s.conf:2: expected key=value in a section such as [program:trading], found \"hello\"");
  EXPECT_THAT(
      from_supervisord("[program:x]\ncommand=x\nnumprocs=100000000000\n", "/s.conf").error().message(),
      HasSubstr("more than the 999 programs"));
}

Result<Converted> compose(const std::string& services) {
  return from_compose("services:\n" + services, "/srv/compose.yml", test_machine());
}

TEST(Compose, CommandsMayBeTextsOrLists) {
  const auto all = compose("  a: {command: \"x 'y z'\"}\n  b: {entrypoint: [x], command: [y, '1']}\n");
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_THAT(all->bots.at(0).bot.spec.args, ElementsAre("x", "y z"));
  EXPECT_THAT(all->bots.at(1).bot.spec.args, ElementsAre("x", "y", "1"));
}

TEST(Compose, VariablesHaveDefaultsOrAreNamed) {
  EXPECT_EQ(interpolate("a${B:-c}$$D").text, "ac$D");
  EXPECT_EQ(interpolate("${B}").unknown, "B");
  EXPECT_EQ(interpolate("x\"$B").script, "x\\\"${B}");
}

TEST(Compose, ScalarsAreTextWhateverTheyLookLike) {
  const auto all = compose("  a: {command: x, environment: {A: yes, B: 010, C: 1.10, D: null}}\n");
  ASSERT_TRUE(all);
  EXPECT_THAT(all->bots.at(0).bot.spec.env,
              ElementsAre(Pair("A", "yes"), Pair("B", "010"), Pair("C", "1.10")));
  EXPECT_THAT(said(all->bots.at(0).remarks), HasSubstr("environment D: its value comes from the shell"));
}

TEST(Compose, ManyAliasesCostNothing) {
  std::string text = "a0: &a0 {k: v}\n";
  for (int i = 1; i < 60; ++i)
    text += fmt::format("a{}: &a{} {{<<: [*a{}, *a{}, *a{}], x{}: [*a{}, *a{}]}}\n", i, i, i - 1, i - 1,
                        i - 1, i, i - 1, i - 1);
  EXPECT_TRUE(from_compose(text + "services: {b: {<<: *a59, command: x}}\n", "/c.yml", test_machine()));
  EXPECT_FALSE(from_compose("services: &s {b: &b {command: x, <<: *b}, c: *s, d: }\n---\nx: 1\n", "/c.yml",
                            test_machine()));
}

TEST(Compose, WhatIsNoComposeFileIsSaidWithItsLine) {
  EXPECT_EQ(from_compose("a: [\n", "/c.yml", test_machine()).error().code(), Code::invalid);
  EXPECT_EQ(from_compose("a: 1\n", "/c.yml", test_machine()).error().message(),
            "/c.yml:1: expected a compose file with a map of \"services\"");
  EXPECT_THAT(from_compose(std::string(5000, '['), "/c.yml", test_machine()).error().message(),
              HasSubstr("nested more than 100 deep"));
}

TEST(CronCommand, WhatKeepsItAliveIsTakenOff) {
  for (const char* text :
       {"flock -n /tmp/l /usr/bin/python3 /srv/racing.py",
        "flock -n /tmp/l -c '/usr/bin/python3 /srv/racing.py'",
        "pgrep -f racing.py >/dev/null || nohup /usr/bin/python3 /srv/racing.py >/dev/null 2>&1 &"}) {
    const CronCommand command = read_cron_command(text);
    EXPECT_THAT(command.words, ElementsAre("/usr/bin/python3", "/srv/racing.py")) << text;
    EXPECT_TRUE(command.keeps_alive) << text;
    EXPECT_EQ(command.name, "racing");
  }
}

TEST(CronCommand, WhatOnlyAShellDoesStaysAShells) {
  EXPECT_THAT(read_cron_command("cd /srv/x && A=1 python3 main.py $B").words,
              ElementsAre("sh", "-c", "exec python3 main.py $B"));
  EXPECT_EQ(read_cron_command("cd /srv/x && A=1 python3 main.py").folder, "/srv/x");
  EXPECT_EQ(read_cron_command("cd /srv/x && python3 main.py").name, "x") << "main says nothing";
  EXPECT_THAT(read_cron_command("a | b").words, ElementsAre("sh", "-c", "a | b"));
}

TEST(Crontab, LinesForATimeAreListed) {
  const auto all = from_crontab("0 3 * * 1-5 /bin/backup\n@daily /bin/x\n", "/c", test_machine());
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->bots.empty());
  EXPECT_THAT(said(all->remarks), HasSubstr("/c:1: 0 3 * * 1-5 /bin/backup: it runs at a time"));
  EXPECT_THAT(said(all->remarks), HasSubstr("/c:2: @daily /bin/x"));
}

TEST(Crontab, TheSystemsHasAUserInEachLine) {
  const auto all = from_crontab("@reboot me /bin/bot\n", "/etc/cron.d/bots", test_machine());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->bots.at(0).bot.user, "me");
  EXPECT_EQ(all->bots.at(0).bot.spec.working_dir, "/home/me");
}

TEST(Crontab, WhatIsNoneIsSaidWithItsLine) {
  EXPECT_THAT(from_crontab("\nhello there\n", "/c", test_machine()).error().message(),
              HasSubstr("/c:2: expected five fields of time"));
}

TEST(ShellWords, AreSplitAndQuotedAsAShellDoes) {
  EXPECT_THAT(split_shell_words(R"(a "b \"c\" \d" 'e' f\ g)").value(),
              ElementsAre("a", "b \"c\" \\d", "e", "f g"));
  EXPECT_FALSE(split_shell_words("'a"));
  EXPECT_EQ(shell_quoted({"a", "b c", "it's", ""}), "a 'b c' 'it'\\''s' ''");
}

}  // namespace
}  // namespace steward::convert
