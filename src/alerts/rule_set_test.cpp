#include "alerts/rule_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "alerts/defaults.hpp"
#include "alerts/read_rules.hpp"
#include "metrics/catalogue.hpp"
#include "metrics/registry.hpp"

namespace steward::alerts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFile = "/etc/steward/steward.toml";

config::Settings settings_of(std::string_view text) {
  const auto parsed = config::parse(text, kFile);
  EXPECT_EQ(config::error_sentences(parsed.problems), "");
  return parsed.settings;
}

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& problem : check_rules(settings_of(text)))
    out.push_back(problem.sentence().substr(kFile.size() + 1));
  return out;
}

std::string sentence(std::string_view text) {
  const auto all = sentences(text);
  EXPECT_EQ(all.size(), 1U) << testing::PrintToString(all);
  return all.empty() ? "" : all[0];
}

std::string with_rule(std::string_view lines) {
  return "[[alert.rule]]\nname = \"mine\"\n" + std::string(lines);
}

const std::string kAllLimits =
    "[alert.limits]\ndaily_loss = 200\naccount_daily_loss = 500\ndrawdown = 150\nunrealized_loss = 80\n"
    "exposure = 1000\naccount_exposure = 3000\npositions = 20\nopen_orders = 50\n";

TEST(DefaultRules, AreAllRightAndAwakeOnceTheLimitsAreGiven) {
  const ReadRules book = read_rules(settings_of(kAllLimits));
  EXPECT_EQ(config::error_sentences(book.problems), "");
  EXPECT_TRUE(book.sleeping.empty());
  EXPECT_EQ(book.rules.size(), default_rules().size());
  EXPECT_GT(book.rules.size(), 40U);
}

TEST(DefaultRules, SleepUntilTheUserGivesTheNumber) {
  const ReadRules book = read_rules(settings_of(""));
  std::vector<std::string> needs;
  for (const SleepingRule& rule : book.sleeping) needs.push_back(rule.name + " " + rule.needs);
  EXPECT_THAT(needs, testing::Contains("daily-loss limits.daily_loss"));
  EXPECT_EQ(needs.size(), config::limit_names().size());
  const auto set = RuleSet::build(settings_of("[alert.limits]\ndaily_loss = 200\n"));
  const Rule* rule = set.find("daily-loss");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->condition, "daily_pnl < -200");
  EXPECT_TRUE(rule->does(Action::halt) && rule->does(Action::notify));
  EXPECT_EQ(rule->severity, Severity::critical);
}

/// Metrics that other parts of this change bring; a name that has come must leave this list.
const std::set<std::string> kPending{"steward_agent_restarts_total",
                                     "steward_bot_memory_growth_bytes_per_hour",
                                     "steward_bot_open_markets",
                                     "steward_bot_watchdog_missed_total",
                                     "steward_config_changed",
                                     "steward_daily_drawdown",
                                     "steward_endpoint_latency_seconds",
                                     "steward_endpoint_tls_expiry_seconds",
                                     "steward_endpoint_up",
                                     "steward_exposure",
                                     "steward_host_clock_offset_seconds",
                                     "steward_host_clock_synchronized",
                                     "steward_host_disk_full_seconds",
                                     "steward_host_max_fds",
                                     "steward_host_open_fds",
                                     "steward_host_pressure_ratio",
                                     "steward_in_play_open_orders",
                                     "steward_order_latency_seconds",
                                     "steward_order_oldest_unmatched_seconds",
                                     "steward_orders_rejected_total",
                                     "steward_orders_usual_ratio",
                                     "steward_transactions_hour"};

TEST(DefaultRules, EachHasARunbookAndNamesMetricsOfTheCatalogue) {
  std::set<std::string> unknown;
  for (const Rule& rule : read_rules(settings_of(kAllLimits)).rules) {
    EXPECT_TRUE(std::filesystem::exists(std::string(STEWARD_SOURCE_DIR) + "/" + rule.runbook))
        << rule.runbook;
    for (const Node& node : rule.when.nodes) {
      if (node.kind == Node::Kind::selector &&
          std::ranges::find(metrics::catalogue(), node.metric, &metrics::Definition::name) ==
              metrics::catalogue().end())
        unknown.insert(node.metric);
    }
  }
  EXPECT_THAT(unknown, testing::ElementsAreArray(kPending));
}

TEST(DefaultRules, AreChangedOrSilencedByOneLine) {
  const auto set = RuleSet::build(
      settings_of("[alert]\noff = [\"host-load\"]\n[[alert.rule]]\nname = \"host-cpu\"\nfor = \"1m\"\n"
                  "[[alert.rule]]\nname = \"host-swap\"\nenabled = false\n"));
  EXPECT_EQ(set.find("host-load"), nullptr);
  EXPECT_EQ(set.find("host-swap"), nullptr);
  const Rule* cpu = set.find("host-cpu");
  ASSERT_NE(cpu, nullptr);
  EXPECT_EQ(cpu->hold_for, 60 * kSecond);
  EXPECT_EQ(cpu->condition, "steward_host_cpu_used_ratio > 85%");
  EXPECT_EQ(cpu->runbook, "docs/runbooks/host-cpu.md");
  EXPECT_TRUE(cpu->built_in);
}

TEST(Rules, AMistakeIsToldWithLineAndColumn) {
  EXPECT_EQ(sentence(with_rule("when = \"daily_pnl < raet(x[5m])\"\n")),
            "3: [[alert.rule]] mine: when, column 13: expected a function, found \"raet\"; nearest known "
            "function: rate");
  EXPECT_THAT(sentence(with_rule("when = \"daily_pnl\"\n")),
              HasSubstr("3: [[alert.rule]] mine: when holds always"));
  EXPECT_THAT(sentence(with_rule("for = \"5m\"\n")),
              HasSubstr("1: [[alert.rule]] mine: this rule has no when"));
  EXPECT_THAT(sentence("[[alert.rule]]\nname = \"host-cpux\"\nfor = \"5m\"\n"),
              HasSubstr("or did you mean the default \"host-cpu\"?"));
  EXPECT_THAT(sentence(with_rule("when = \"x > 1\"\nsummary = \"{value:percnt}\"\n")),
              HasSubstr("4: [[alert.rule]] mine: summary, character 1: expected {LABEL}"));
  EXPECT_THAT(sentence("[alert]\noff = [\"host-cpuu\"]\n"), HasSubstr("2: off names \"host-cpuu\""));
  EXPECT_THAT(sentence(with_rule("when = \"x > ${limits.daily_los}\"\n")),
              HasSubstr("no number for ${limits.daily_los}"));
  EXPECT_THAT(sentence(with_rule("when = \"daily_pln < -5\"\n")),
              HasSubstr("3: warning: [[alert.rule]] mine: Steward has no metric \"daily_pln\"; did you mean "
                        "\"daily_pnl\"?"));
}

TEST(Rules, ABrokenOneLeavesTheOthersAtWork) {
  config::Problems problems;
  const auto set = RuleSet::build(settings_of(with_rule("when = \"x >\"\n")), &problems);
  EXPECT_EQ(problems.size(), 1U);
  EXPECT_EQ(set.find("mine"), nullptr);
  EXPECT_GT(set.size(), 30U);
}

/// A rule "mine" over the gauge x.
struct Watch {
  explicit Watch(std::string_view lines, const std::string& rest = "")
      : set(RuleSet::build(settings_of(with_rule(lines) + rest))) {}

  std::vector<std::string> at(double x, WallNs wall = 0) {
    registry.begin();
    registry.visiting("x", metrics::Kind::gauge)->set({{"bot", "racing"}}, x);
    registry.end();
    std::vector<std::string> out;
    for (const Condition& condition : set.evaluate(registry, now += kSecond, wall))
      if (set.rule(condition.rule).name == "mine") out.push_back(set.summary(condition));
    return out;
  }

  RuleSet set;
  metrics::Registry registry;
  MonoNs now = 0;
};

TEST(Rules, GiveTheirSentenceWithValues) {
  Watch watch(
      "when = \"x > 10\"\nlabels = {team = \"t\"}\nsummary = \"{bot} of {team}: {value}, {{{value:percent}}} "
      "{nobody}\"\n");
  EXPECT_THAT(watch.at(10), ElementsAre());
  EXPECT_THAT(watch.at(11), ElementsAre("racing of t: 11, {1100%} "));
  Watch plain("when = \"x{bot='racing'} > 10\"\n");
  EXPECT_THAT(plain.at(12.5), ElementsAre("12.5 of x{bot='racing'} > 10"));
}

TEST(Rules, LookOnlyInTheirHours) {
  constexpr WallNs kHour = 3600 * kSecond;
  const WallNs monday = 1'782'687'600 * kSecond;  // 2026-06-29T00:00 in London, UTC+1
  Watch watch("when = \"x > 10\"\nonly = {hours = \"22:00-06:00\", weekdays = \"mon-fri\"}\n",
              "[steward]\ntimezone = \"Europe/London\"\n");
  EXPECT_EQ(watch.at(11, monday + 5 * kHour).size(), 0U) << "the night from Sunday to Monday began on Sunday";
  EXPECT_EQ(watch.at(11, monday + 22 * kHour - 1).size(), 0U);
  EXPECT_EQ(watch.at(11, monday + 22 * kHour).size(), 1U);
  EXPECT_EQ(watch.at(11, monday + 30 * kHour - 1).size(), 1U);
  EXPECT_EQ(watch.at(11, monday + 30 * kHour).size(), 0U);
  EXPECT_EQ(watch.at(11, monday + (4 * 24 + 29) * kHour).size(), 1U) << "Saturday at five belongs to Friday";
  EXPECT_EQ(watch.at(11, monday + (5 * 24 + 23) * kHour).size(), 0U) << "Saturday at eleven";
}

TEST(Rules, HoursFollowTheClockOnTheWallWhenItChanges) {
  constexpr WallNs kHour = 3600 * kSecond;
  Watch watch("when = \"x > 10\"\nonly = {hours = \"08:00-09:00\"}\n",
              "[steward]\ntimezone = \"Europe/London\"\n");
  const WallNs saturday = 1'774'656'000 * kSecond;  // 2026-03-28T00:00Z, the day before summer time
  EXPECT_EQ(watch.at(11, saturday + 8 * kHour).size(), 1U);
  EXPECT_EQ(watch.at(11, saturday + 31 * kHour).size(), 1U) << "07:00Z is eight in London from now on";
  EXPECT_EQ(watch.at(11, saturday + 32 * kHour).size(), 0U);
}

TEST(Rules, AFaultAtWorkIsToldAndTheOthersGoOn) {
  Watch watch("when = \"x / on() y > 0\"\n");
  watch.registry.begin();
  for (const char* bot : {"a", "b"})
    watch.registry.visiting("y", metrics::Kind::gauge)->set({{"bot", bot}}, 1);
  watch.registry.end();
  watch.set.evaluate(watch.registry, kSecond, 0);
  ASSERT_EQ(watch.set.faults().size(), 1U);
  EXPECT_EQ(watch.set.rule(watch.set.faults()[0].rule).name, "mine");
  EXPECT_THAT(watch.set.faults()[0].text, HasSubstr("several series on the right"));
}

}  // namespace
}  // namespace steward::alerts
