// What whole files become: tests/data/convert holds them, and beside each the configuration it has to become.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "convert/compose.hpp"
#include "convert/crontab.hpp"
#include "convert/supervisord.hpp"
#include "convert/systemd.hpp"
#include "convert/test_machine.hpp"
#include "convert/to_toml.hpp"
#include "os/files.hpp"

namespace steward::convert {
namespace {

const std::string kFolder = STEWARD_SOURCE_DIR "/tests/data/convert/";

std::string text_of(const std::string& name) {
  return read_foreign(kFolder + name).value_or("cannot read " + name);
}

void expect_golden(const Converted& converted, const std::string& golden) {
  const std::string toml = to_toml(converted);
  EXPECT_EQ(toml, text_of(golden));
  EXPECT_EQ(config::error_sentences(config::parse(toml, "/etc/steward.toml").problems), "");
}

Unit unit_of(const std::string& name, std::initializer_list<std::string> files) {
  Unit unit{.name = name, .path = "/etc/systemd/system/" + name};
  for (const std::string& file : files)
    EXPECT_TRUE(parse_unit(text_of(file), "/etc/systemd/system/" + file, unit.directives));
  return unit;
}

TEST(Convert, UnitsBecomeTheGoldenConfiguration) {
  const std::vector<Unit> units{
      unit_of("trading.service", {"trading.service", "trading.service.d/10-local.conf"}),
      unit_of("prices.service", {"prices.service"})};
  auto converted = from_units(units, test_machine());
  ASSERT_TRUE(converted) << converted.error().text();
  expect_golden(*converted, "units.toml");
}

TEST(Convert, SupervisordsProgramsBecomeTheGoldenConfiguration) {
  const auto converted = from_supervisord(text_of("supervisord.conf"), "/etc/supervisord.conf");
  ASSERT_TRUE(converted) << converted.error().text();
  expect_golden(*converted, "supervisord.toml");
}

TEST(Convert, AComposeFileBecomesTheGoldenConfiguration) {
  auto converted =
      from_compose(text_of("docker-compose.yml"), "/srv/bots/docker-compose.yml", test_machine());
  ASSERT_TRUE(converted) << converted.error().text();
  mend_order(*converted);
  expect_golden(*converted, "compose.toml");
}

TEST(Convert, ACrontabBecomesTheGoldenConfiguration) {
  const auto converted =
      from_crontab("HOME=/home/me\n" + text_of("crontab"), "/home/me/crontab", test_machine());
  ASSERT_TRUE(converted) << converted.error().text();
  expect_golden(*converted, "crontab.toml");
}

/// A bot with every setting, for the round trip.
rc::Gen<ForeignBot> any_bot() {
  return rc::gen::exec([] {
    ForeignBot out;
    keeper::BotSpec& spec = out.bot.spec;
    const auto text = rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
                                   [](std::string t) { return t; });
    const auto time = rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
    spec.name = bot_name(*text);
    spec.args = {"x" + *text, *text, *text};
    spec.working_dir = "/" + *rc::gen::element<std::string>("", "srv/a b", "tmp");
    spec.env = {{"A", *text}, {"B_1", *text}};
    spec.restart =
        *rc::gen::element(keeper::Restart::always, keeper::Restart::on_failure, keeper::Restart::never);
    spec.restart_delay = *time;
    spec.restart_delay_max = spec.restart_delay + *time;
    spec.budget_count = *rc::gen::inRange(1, 10'000);
    spec.budget_window = kSecond + *time;
    spec.stop_timeout = *time, spec.start_timeout = *time, spec.watchdog = *time;
    spec.memory_max = *rc::gen::inRange<std::int64_t>(0, 1LL << 40);
    spec.files_max = *rc::gen::inRange(0, 1'000'000);
    spec.log_max = *rc::gen::inRange(4096, 1 << 30);
    spec.log_files = *rc::gen::inRange(0, 1000);
    spec.gate = *rc::gen::arbitrary<bool>();
    out.origin = *text;
    out.remarks = {{*text, *text, true}, {*text, *text, false}};
    return out;
  });
}

RC_GTEST_PROP(ToToml, IsReadBackAsTheSameBot, ()) {
  const ForeignBot bot = *any_bot();
  const auto parsed = config::parse(to_toml(bot), "/etc/steward.toml");
  RC_ASSERT(config::error_sentences(parsed.problems).empty());
  RC_ASSERT(parsed.settings.bots.size() == 1U);
  RC_ASSERT(parsed.settings.bots[0].spec == bot.bot.spec);
}

TEST(BotName, IsOneThatABotMayHave) {
  EXPECT_EQ(bot_name("Betfair Bot@gold"), "betfair-bot-gold");
  EXPECT_EQ(bot_name("--x--"), "x");
  EXPECT_EQ(bot_name("agent"), "agent-bot");
  EXPECT_EQ(bot_name("…"), "bot");
  EXPECT_TRUE(keeper::is_bot_name(bot_name(std::string(100, 'a'))));
}

TEST(Merge, NamesDifferAndWaitingFollowsThem) {
  const auto part = [] {
    Converted part;
    part.bots.resize(2);
    part.bots[0].bot.spec.name = "prices";
    part.bots[1].bot.spec.name = "racing";
    part.bots[1].bot.spec.after = {"prices"};
    return part;
  };
  Converted all = part();
  merge(all, part());
  EXPECT_EQ(all.bots[2].bot.name(), "prices-2");
  EXPECT_EQ(all.bots[3].bot.name(), "racing-2");
  EXPECT_THAT(all.bots[3].bot.spec.after, testing::ElementsAre("prices-2"));
}

TEST(MendOrder, TakesOutCirclesAndNamesThatAreNoBot) {
  Converted all;
  all.bots.resize(2);
  all.bots[0].bot.spec.name = "a", all.bots[0].bot.spec.after = {"b", "nobody"};
  all.bots[1].bot.spec.name = "b", all.bots[1].bot.spec.after = {"a"};
  mend_order(all);
  EXPECT_TRUE(all.bots[0].bot.spec.after.empty());
  EXPECT_EQ(all.bots[0].remarks.size(), 2U);
  EXPECT_THAT(all.bots[1].bot.spec.after, testing::ElementsAre("a"));
}

TEST(ReadForeign, RefusesWhatIsNoTextWithItsLine) {
  EXPECT_EQ(check_foreign("a\nb\xff", "f").error().message(),
            "f:2: a byte that is not UTF-8; save the file as UTF-8");
  EXPECT_FALSE(check_foreign(std::string("a\0", 2), "f"));
}

}  // namespace
}  // namespace steward::convert
