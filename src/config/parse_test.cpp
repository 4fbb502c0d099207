#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFile = "/etc/steward/steward.toml";

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  for (const Problem& problem : parse(text, kFile).problems) out.push_back(problem.sentence());
  return out;
}

/// The one sentence about `text`, after its file and line.
std::string sentence(std::string_view text) {
  const auto all = sentences(text);
  EXPECT_EQ(all.size(), 1U) << testing::PrintToString(all);
  return all.empty() ? "" : all[0].substr(kFile.size() + 1);
}

std::string with_bot(std::string_view lines) {
  return "[[bot]]\nname = \"a\"\ncommand = [\"x\"]\n" + std::string(lines);
}

TEST(Configuration, AnEmptyFileMeansTheDefaults) {
  const Parsed parsed = parse("", kFile);
  EXPECT_TRUE(parsed.problems.empty());
  EXPECT_EQ(parsed.settings.metrics.listen, "127.0.0.1:8000");
  EXPECT_EQ(parsed.settings.dashboard.listen, "127.0.0.1:8080");
  EXPECT_EQ(parsed.settings.currency, "GBP");
  EXPECT_EQ(parsed.settings.journal_keep, 90 * kDay);
}

TEST(Configuration, ABotHasTheDocumentedDefaults) {
  const Parsed parsed = parse(with_bot(""), kFile);
  ASSERT_TRUE(parsed.problems.empty());
  const Bot& bot = parsed.settings.bots.at(0);
  EXPECT_THAT(bot.spec.args, ElementsAre("x"));
  EXPECT_EQ(bot.spec.working_dir, "/etc/steward");
  EXPECT_EQ(bot.spec.restart, keeper::Restart::always);
  EXPECT_EQ(bot.spec.restart_delay, 10 * kSecond);
  EXPECT_EQ(bot.spec.stop_timeout, 30 * kSecond);
  EXPECT_EQ(bot.spec.log_max, 16 << 20);
  EXPECT_FALSE(bot.spec.gate);
}

TEST(Configuration, TheExampleIsReadWholeAndRight) {
  const auto text = read_file(STEWARD_SOURCE_DIR "/docs/steward.example.toml", kLargestFile);
  ASSERT_TRUE(text.has_value());
  const Parsed parsed = parse(*text, kFile);
  EXPECT_EQ(error_sentences(parsed.problems), "");
  const Bot* bot = parsed.settings.find("racing");
  ASSERT_NE(bot, nullptr);
  EXPECT_EQ(parsed.settings.state, "/var/lib/steward");
  EXPECT_EQ(parsed.settings.timezone, "Europe/London");
  EXPECT_THAT(bot->spec.args, ElementsAre("python3", "main.py", "--paper"));
  EXPECT_EQ(bot->user, "nobody");
  EXPECT_EQ(bot->spec.env.size(), 2U);
  EXPECT_THAT(bot->spec.after, ElementsAre("prices"));
  EXPECT_EQ(bot->spec.budget_count, 5);
  EXPECT_EQ(bot->spec.budget_window, 10 * kMinute);
  EXPECT_EQ(bot->spec.watchdog, 30 * kSecond);
  EXPECT_EQ(bot->spec.memory_max, 512 << 20);
  EXPECT_EQ(bot->spec.files_max, 4096);
  EXPECT_TRUE(bot->spec.gate);
  EXPECT_EQ(bot->scrape, "http://127.0.0.1:8001/metrics");
}

TEST(Configuration, EveryKnownKeyStandsInTheExample) {
  const auto text = read_file(STEWARD_SOURCE_DIR "/docs/steward.example.toml", kLargestFile);
  ASSERT_TRUE(text.has_value());
  const auto keys = known_keys();
  EXPECT_GT(keys.size(), 30U);
  for (const std::string& key : keys) {
    const std::string last = key.substr(key.rfind('.') + 1);
    const bool section = text->find("[" + key + "]") != std::string::npos;
    EXPECT_TRUE(section || text->find(last + " = ") != std::string::npos) << key;
  }
}

TEST(Configuration, AnUnknownKeyIsNamedWithTheNearestOne) {
  EXPECT_EQ(sentence("[steward]\nstate = \"/s\"\ntimezoen = \"UTC\"\n"),
            "3: [steward] has no key \"timezoen\"; did you mean \"timezone\"?");
  EXPECT_EQ(sentence(with_bot("restart_dealy = \"1s\"\n")),
            "4: [[bot]] a has no key \"restart_dealy\"; did you mean \"restart_delay\"?");
  EXPECT_EQ(sentence("[dashbord]\nlisten = \"off\"\n"),
            "1: steward.toml has no key \"dashbord\"; did you mean \"dashboard\"?");
  EXPECT_EQ(sentence("[journal]\nxyzzy = 1\n"), "2: [journal] has no key \"xyzzy\"; it knows keep");
}

TEST(Configuration, AWrongTypeSaysWhatWasExpectedAndFound) {
  EXPECT_EQ(sentence(with_bot("restart_delay = 10\n")),
            "4: restart_delay must be a duration in quotes, such as \"10s\", found the integer 10");
  EXPECT_EQ(sentence(with_bot("gate = \"yes\"\n")),
            "4: gate must be true or false (without quotes), found \"yes\"");
  EXPECT_EQ(sentence(with_bot("files_max = 1.5\n")),
            "4: files_max must be a whole number (without quotes), found a float");
  EXPECT_THAT(sentence("[[bot]]\nname = \"a\"\ncommand = \"python3 main.py\"\n"),
              HasSubstr("3: command must be an array"));
  EXPECT_THAT(sentence("[bot]\nname = \"a\"\n"), HasSubstr("1: write [[bot]] with two brackets"));
  EXPECT_THAT(sentence(with_bot("environment = {PORT = 8080}\n")),
              HasSubstr("PORT must be a text in quotes"));
  EXPECT_THAT(sentence("steward = 5\n"), HasSubstr("1: steward must be a table, found the integer 5"));
}

TEST(Configuration, ABadUnitSaysWhichThereAre) {
  EXPECT_THAT(sentence(with_bot("watchdog = \"30 sec\"\n")),
              HasSubstr("4: watchdog: \"30 sec\" is not a duration; write"));
  EXPECT_THAT(sentence(with_bot("memory_max = \"1 gig\"\n")),
              HasSubstr("4: memory_max: \"1 gig\" is not a size; write"));
  EXPECT_THAT(sentence(with_bot("restart = \"sometimes\"\n")),
              HasSubstr("restart must be \"always\", \"on-failure\" or \"never\""));
  EXPECT_THAT(sentence("[steward]\ncurrency = \"pounds\"\n"),
              HasSubstr("2: currency must be three capital letters"));
}

TEST(Configuration, AllMistakesAreListedInTheOrderOfTheirLines) {
  const auto all = sentences(
      "[steward]\ncolour = 1\n[metrics]\nlisten = \"localhost\"\n[[bot]]\nname = \"Racing\"\ncommand = "
      "[]\nrestrat = 1\n");
  ASSERT_EQ(all.size(), 5U) << testing::PrintToString(all);
  EXPECT_THAT(all[0], HasSubstr(":2: [steward] has no key \"colour\""));
  EXPECT_THAT(all[1], HasSubstr(":4: \"localhost\" is no address to listen on"));
  EXPECT_THAT(all[2], HasSubstr(":6: a bot's name is small letters"));
  EXPECT_THAT(all[3], HasSubstr(":7: command must name a program"));
  EXPECT_THAT(all[4], HasSubstr(":8: [[bot]] Racing has no key \"restrat\"; did you mean \"restart\"?"));
}

TEST(Configuration, ASyntaxErrorHasItsLine) {
  EXPECT_THAT(sentence("[steward]\nstate = /var/lib\n"), HasSubstr("2: not TOML: "));
  EXPECT_THAT(sentence("[steward]\nstate = \"\xff\"\n"), HasSubstr("2: a byte that is not UTF-8"));
}

TEST(Configuration, BotsNeedDifferentNames) {
  EXPECT_THAT(sentence(with_bot("") + with_bot("")),
              HasSubstr("4: a second bot named \"a\"; the first is on line 1"));
  EXPECT_THAT(sentence("[[bot]]\ncommand = [\"x\"]\n"), HasSubstr("1: this bot has no name"));
  EXPECT_THAT(sentence("[[bot]]\nname = \"b\"\n"), HasSubstr("1: this bot has no command"));
  EXPECT_THAT(sentence("[[bot]]\nname = \"agent\"\ncommand = [\"x\"]\n"),
              HasSubstr("2: \"agent\" is the name of a part of Steward"));
}

TEST(Configuration, AfterNamesBotsOfTheFileWithoutACircle) {
  EXPECT_THAT(sentence(with_bot("after = [\"bb\"]\n[[bot]]\nname = \"b\"\ncommand = [\"x\"]\n")),
              HasSubstr("there is no such bot; did you mean \"b\"?"));
  EXPECT_THAT(
      sentence(with_bot("after = [\"b\"]\n[[bot]]\nname = \"b\"\ncommand = [\"x\"]\nafter = [\"a\"]\n")),
      HasSubstr("in a circle (a after b after a)"));
  EXPECT_THAT(sentence(with_bot("after = [\"a\"]\n")), HasSubstr("in a circle (a after a)"));
}

TEST(Configuration, AnAddressThatOthersReachNeedsAWord) {
  EXPECT_THAT(sentence("[dashboard]\nlisten = \"0.0.0.0:8080\"\n"),
              HasSubstr("2: [dashboard] listen = \"0.0.0.0:8080\" is reached from other machines"));
  EXPECT_TRUE(sentences("[dashboard]\nlisten = \"0.0.0.0:8080\"\nread_only_public = true\n").empty());
  EXPECT_TRUE(sentences("[dashboard]\nlisten = \"[::1]:8080\"\n[metrics]\nlisten = \"off\"\n").empty());
  EXPECT_THAT(sentence("[dashboard]\nlisten = \"127.0.0.1:99999\"\n"),
              HasSubstr("2: \"127.0.0.1:99999\" is no address to listen on"));
  EXPECT_THAT(sentence("[dashboard]\nlisten = \"127.0.0.1:8000\"\n"),
              HasSubstr("both listen on 127.0.0.1:8000"));
}

TEST(Configuration, AScrapedUrlIsHttp) {
  EXPECT_TRUE(sentences(with_bot("scrape = \"https://[::1]:8001/metrics\"\n")).empty());
  EXPECT_TRUE(sentences(with_bot("scrape = \"http://bot.local/metrics?x=1\"\n")).empty());
  for (const char* bad : {"ftp://127.0.0.1/x", "127.0.0.1:8001", "http://", "http://a:b/", "http://u:p@h/",
                          "http://h:0/x", "http://[::1/x"}) {
    EXPECT_THAT(sentence(with_bot(fmt::format("scrape = \"{}\"\n", bad))), HasSubstr("4: scrape: ")) << bad;
  }
}

TEST(Configuration, TheDelaysFitTogether) {
  EXPECT_EQ(parse(with_bot("restart_delay = \"1h\"\n"), kFile).settings.bots.at(0).spec.restart_delay_max,
            60 * kMinute);
  EXPECT_THAT(sentence(with_bot("restart_delay = \"1m\"\nrestart_delay_max = \"1s\"\n")),
              HasSubstr("5: restart_delay_max must not be less"));
  EXPECT_THAT(sentence(with_bot("budget = {restarts = 5}\n")), HasSubstr("4: budget needs both keys"));
}

TEST(Configuration, StewardsOwnVariablesAreNotTheUsers) {
  EXPECT_THAT(sentence(with_bot("environment = {STEWARD_GATE = \"x\"}\n")),
              HasSubstr("STEWARD_GATE is set by Steward itself"));
  EXPECT_THAT(sentence(with_bot("environment = {\"A B\" = \"x\"}\n")),
              HasSubstr("\"A B\" is no name of an environment variable"));
}

TEST(Configuration, RelativePathsCountFromTheFile) {
  const Settings settings =
      parse("[steward]\nstate = \"./run\"\n" + with_bot("env_file = \"a.env\"\nworking_dir = \"..\"\n"),
            kFile)
          .settings;
  EXPECT_EQ(settings.state, "/etc/steward/run");
  EXPECT_EQ(settings.bots.at(0).spec.env_file, "/etc/steward/a.env");
  EXPECT_EQ(settings.bots.at(0).spec.working_dir, "/etc/steward/..");
}

TEST(Configuration, AFileThatIsTooLargeIsRefused) {
  EXPECT_THAT(sentences(std::string(kLargestFile + 1, '#')),
              ElementsAre(HasSubstr("larger than the 1048576 bytes")));
}

TEST(Configuration, HostChecksNameTheUserTheFilesAndTheZone) {
  const Parsed parsed =
      parse("[steward]\ntimezone = \"Europe/Londn\"\n" +
                with_bot("user = \"nosuchuser-x\"\nenv_file = \"/nosuch/env\"\nworking_dir = \"/nosuch\"\n"),
            kFile);
  ASSERT_TRUE(parsed.problems.empty());
  const std::string errors = error_sentences(check_host(parsed.settings));
  EXPECT_THAT(errors, HasSubstr(":2: there is no time zone \"Europe/Londn\""));
  EXPECT_THAT(errors, HasSubstr(":6: there is no user \"nosuchuser-x\""));
  EXPECT_THAT(errors, HasSubstr(":7: env_file /nosuch/env does not exist"));
  EXPECT_THAT(errors, HasSubstr(":8: working_dir /nosuch is not a folder"));
}

TEST(Configuration, AProgramThatIsNotThereIsAWarning) {
  const Parsed parsed =
      parse("[[bot]]\nname = \"a\"\ncommand = [\"nosuchprogram-x\"]\nworking_dir = \"/\"\n", kFile);
  const Problems found = check_host(parsed.settings);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].warning);
  EXPECT_THAT(found[0].sentence(),
              HasSubstr(":3: warning: the program nosuchprogram-x of a was not found in PATH"));
}

RC_GTEST_PROP(Configuration, NamesAreAcceptedAsTheFormatSays, ()) {
  const auto name = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz09_-A. ")));
  const bool good = !name.empty() && name.size() <= 63 && name.find_first_of("A. ") == std::string::npos &&
                    name[0] != '_' && name[0] != '-';
  const Parsed parsed = parse("[[bot]]\nname = \"" + name + "\"\ncommand = [\"x\"]\n", kFile);
  RC_ASSERT(parsed.problems.empty() == good);
}

}  // namespace
}  // namespace steward::config
