#include "config/alert_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace steward::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The first sentence about `text`, after its file.
std::string sentence(const std::string& text) {
  const Parsed parsed = parse(text, "/s.toml");
  return parsed.problems.empty() ? "" : parsed.problems[0].sentence().substr(8);
}

TEST(AlertRules, AreReadAsTheyAreGiven) {
  const Parsed parsed = parse(
      "[alert]\noff = [\"host-cpu\", \"host-load\"]\n[alert.limits]\ndaily_loss = 200\n"
      "[[alert.rule]]\nname = \"a\"\nwhen = \"\"\"\nx > 1\nand y > 2\"\"\"\nfor = \"5m\"\nseverity = "
      "\"critical\"\n"
      "labels = {team = \"t\"}\ndo = [\"notify\", \"command\"]\ncommand = [\"/bin/true\"]\n"
      "only = {weekdays = \"sat,sun\"}\n[[alert.rule]]\nname = \"b\"\nenabled = false\n",
      "/s.toml");
  EXPECT_EQ(error_sentences(parsed.problems), "");
  const AlertRules& rules = parsed.settings.alert_rules;
  ASSERT_EQ(rules.off.size(), 2U);
  EXPECT_EQ(rules.off[1].text, "host-load");
  ASSERT_EQ(rules.limits.size(), 1U);
  EXPECT_EQ(rules.limits[0].value, 200);
  ASSERT_EQ(rules.rules.size(), 2U);
  const AlertRule& rule = rules.rules[0];
  EXPECT_EQ(rule.when->text, "x > 1\nand y > 2");
  EXPECT_EQ(rule.when->line, 7);
  EXPECT_EQ(rule.hold_for, 300 * kSecond);
  EXPECT_FALSE(rule.clear_for.has_value());
  EXPECT_EQ(rule.severity, AlertSeverity::critical);
  EXPECT_THAT(*rule.actions, ElementsAre("notify", "command"));
  EXPECT_EQ(rule.only->weekdays, 0x60);
  EXPECT_EQ(rule.only->until, 24 * 60);
  EXPECT_EQ(rules.rules[1].enabled, false);
}

TEST(AlertRules, AMistakeHasItsLineAndAWayOut) {
  const std::string rule = "[[alert.rule]]\nname = \"a\"\n";
  EXPECT_EQ(sentence(rule + "whn = \"x > 1\"\n"),
            "3: [[alert.rule]] a has no key \"whn\"; did you mean \"when\"?");
  EXPECT_EQ(sentence(rule + "do = [\"shout\"]\n"),
            "3: do must be of notify, restart, halt, command, found \"shout\"");
  EXPECT_THAT(sentence(rule + "do = [\"command\"]\n"), HasSubstr("3: do has \"command\" and there is none"));
  EXPECT_THAT(sentence(rule + "do = [\"halt\"]\ncommand = [\"/bin/true\"]\n"),
              HasSubstr("4: this command is never run"));
  EXPECT_THAT(sentence(rule + "severity = \"fatal\"\n"), HasSubstr("3: severity must be \"info\""));
  EXPECT_THAT(sentence(rule + "labels = {\"1a\" = \"x\"}\n"), HasSubstr("3: a label is a name of letters"));
  EXPECT_THAT(sentence(rule + "only = {hours = \"8-18\"}\n"),
              HasSubstr("3: only: expected hours such as \"08:00-18:00\""));
  EXPECT_THAT(sentence(rule + rule), HasSubstr("3: a second rule named \"a\"; the first is on line 1"));
  EXPECT_THAT(sentence("[[alert.rule]]\nwhen = \"x > 1\"\n"), HasSubstr("1: this rule has no name"));
  EXPECT_THAT(sentence("[[alert.rule]]\nname = \"Big\"\n"), HasSubstr("2: a rule's name is small letters"));
  EXPECT_THAT(sentence("[alert.limits]\ndaily_loss = -5\n"), HasSubstr("2: daily_loss must be from 1 to"));
  EXPECT_THAT(sentence("[alert.limits]\ndaily_los = 5\n"), HasSubstr("did you mean \"daily_loss\"?"));
}

}  // namespace
}  // namespace steward::config
