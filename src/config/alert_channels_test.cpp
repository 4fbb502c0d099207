#include "config/alert_channels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/body_template.hpp"
#include "config/endpoint.hpp"
#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kFile = "/etc/steward/steward.toml";

/// Of this process alone: tests run side by side.
std::string test_file() {
  return testing::TempDir() + "steward_secret" + std::to_string(::getpid());
}

std::string problems(std::string_view text) {
  std::string all;
  for (const Problem& problem : parse(text, kFile).problems)
    all += problem.sentence().substr(kFile.size() + 1) + "\n";
  return all;
}

std::string channel(std::string_view type, std::string_view lines) {
  return fmt::format("[[alert.channel]]\nname = \"c\"\ntype = \"{}\"\n{}", type, lines);
}

TEST(AlertChannels, EachTypeIsReadWithItsDefaults) {
  const Parsed parsed = parse(channel("slack", "url_file = \"slack-url\"\n"), kFile);
  EXPECT_TRUE(parsed.problems.empty()) << error_sentences(parsed.problems);
  const AlertChannel* found = parsed.settings.alert_targets.find("c");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->type, ChannelType::slack);
  EXPECT_EQ(found->url_secret.file, "/etc/steward/slack-url");
  EXPECT_TRUE(found->send_resolved);
  EXPECT_EQ(found->min_severity, AlertSeverity::info);
  EXPECT_EQ(found->timeout, 10 * kSecond);
}

TEST(AlertChannels, ASecretInTheFileIsAnErrorThatDoesNotShowIt) {
  for (const std::string type : {"slack", "discord"}) {
    const std::string said =
        problems(channel(type, "url = \"https://hooks.slack.com/services/T0/hunter2\"\n"));
    EXPECT_THAT(said, HasSubstr("4: the address of a " + type + " webhook is a secret"));
    EXPECT_THAT(said, HasSubstr("url_file"));
    EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  }
  const std::string said = problems(channel("webhook", "url = \"https://me:hunter2@example.com/\"\n"));
  EXPECT_THAT(said, HasSubstr("use username and password_file"));
  EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  EXPECT_THAT(
      problems(channel("webhook", "url = \"https://example.com/\"\nheaders = {Authorization = \"x\"}\n")),
      HasSubstr("the header Authorization would hold a secret"));
  EXPECT_THAT(problems(channel("webhook", "url = \"https://example.com/\"\nsecret_env = \"A=hunter2\"\n")),
              HasSubstr("secret_env is the name of an environment variable"));
}

TEST(AlertChannels, WhatIsMissingIsNamed) {
  EXPECT_THAT(problems(channel("slack", "")), HasSubstr("1: the channel \"c\" needs url_file or url_env"));
  EXPECT_THAT(problems(channel("telegram", "")), HasSubstr("needs token_file or token_env"));
  EXPECT_THAT(problems(channel("telegram", "token_env = \"T\"\n")), HasSubstr("needs chat_id"));
  EXPECT_THAT(problems(channel("webhook", "")), HasSubstr("needs an address"));
  EXPECT_THAT(problems(channel("command", "")), HasSubstr("needs command"));
  const std::string mail = problems(channel("email", ""));
  EXPECT_THAT(mail, HasSubstr("needs smtp"));
  EXPECT_THAT(mail, HasSubstr("needs from"));
  EXPECT_THAT(mail, HasSubstr("needs to"));
  EXPECT_THAT(
      problems("[[alert.channel]]\nname = \"c\"\n"),
      HasSubstr("1: type must be one of slack, discord, email, telegram, webhook, alertmanager, command"));
  EXPECT_THAT(problems("[[alert.channel]]\ntype = \"slack\"\nurl_env = \"A\"\n"), HasSubstr("has no name"));
}

TEST(AlertChannels, AKeyOfAnotherTypeIsAnError) {
  EXPECT_THAT(
      problems(channel("slack", "url_env = \"U\"\nsmtp = \"smtp://a\"\n")),
      HasSubstr("5: a channel of type \"slack\" has no key \"smtp\"; it knows url_file, url_env, ca_file"));
  EXPECT_THAT(problems(channel("slack", "url_evn = \"U\"\n")), HasSubstr("did you mean \"url_env\"?"));
}

TEST(AlertChannels, ValuesOutOfTheirRangeAreErrors) {
  const std::string hook = channel("webhook", "url = \"http://a\"\n");
  EXPECT_THAT(problems(hook + "timeout = \"1h\"\n"), HasSubstr("5: timeout must be at most \"5m\""));
  EXPECT_THAT(problems(hook + "min_severity = \"bad\"\n"), HasSubstr("5: min_severity must be \"info\""));
  EXPECT_THAT(problems(hook + "rate_limit = {messages = 0}\n"), HasSubstr("messages must be from 1"));
  EXPECT_THAT(problems(hook + "template = '{{titel}}'\n"), HasSubstr("5: template: there is no {{titel}}"));
  EXPECT_EQ(problems(hook + "template = \"\"\"\n{\"text\":\n \"{{title}}\"}\"\"\"\n"), "");
  EXPECT_THAT(problems(channel("telegram", "token_env = \"T\"\nchat_id = \"us\"\n")),
              HasSubstr("5: chat_id must be the chat's number"));
  EXPECT_THAT(problems(hook + hook), HasSubstr("5: a second channel named \"c\"; the first is on line 1"));
}

TEST(AlertChannels, APasswordDoesNotTravelInTheClear) {
  const std::string rest =
      "from = \"a@example.com\"\nto = [\"b@example.com\"]\nusername = \"a\"\npassword_env = \"P\"\n";
  EXPECT_THAT(
      problems(channel("email", "smtp = \"smtp://mail.example.com\"\nstarttls = \"optional\"\n" + rest)),
      HasSubstr("would send its password in the clear"));
  EXPECT_EQ(problems(channel("email", "smtp = \"smtp://mail.example.com\"\n" + rest)), "");
  EXPECT_EQ(problems(channel("email", "smtp = \"smtps://mail.example.com:465\"\n" + rest)), "");
  EXPECT_EQ(problems(channel("email", "smtp = \"smtp://127.0.0.1:25\"\nstarttls = \"off\"\n" + rest)), "");
  EXPECT_THAT(
      problems(channel("alertmanager",
                       "url = \"http://am.example.com:9093\"\nusername = \"a\"\npassword_env = \"P\"\n")),
      HasSubstr("in the clear"));
}

TEST(AlertChannels, AddressesThatCouldEndALineAreErrors) {
  const std::string mail = channel("email", "smtp = \"smtp://mail.example.com\"\nfrom = \"a@example.com\"\n");
  EXPECT_THAT(problems(mail + "to = [\"b@example.com\\r\\nDATA\"]\n"),
              HasSubstr("to must hold bare addresses"));
  EXPECT_THAT(problems(mail + "to = [\"You <b@example.com>\"]\n"), HasSubstr("to must hold bare addresses"));
  EXPECT_THAT(problems(mail + "to = []\n"), HasSubstr("to must name 1 to"));
  EXPECT_THAT(problems(channel("webhook", "url = \"http://a\"\nheaders = {X = \"a\\r\\nB: c\"}\n")),
              HasSubstr("without control characters"));
}

TEST(AlertChannels, EveryKeyStandsInTheDocument) {
  const auto text = read_file(STEWARD_SOURCE_DIR "/docs/configuration.md", kLargestFile);
  ASSERT_TRUE(text.has_value());
  int checked = 0;
  for (const std::string& key : known_keys()) {
    if (!key.starts_with("alert.channel.") && !key.starts_with("alert.route.")) continue;
    const std::string last = key.substr(key.rfind('.') + 1);
    const bool there =
        text->contains("`" + last + "`") || text->contains("{ " + last) || text->contains(", " + last);
    EXPECT_TRUE(there) << key;
    ++checked;
  }
  EXPECT_GT(checked, 30);
}

TEST(AlertRoutes, AreReadInOrder) {
  const Parsed parsed = parse(channel("webhook", "url = \"http://a\"\n") +
                                  "[[alert.route]]\nseverity = [\"critical\"]\nmatch = {bot = \"r*\"}\n"
                                  "channels = [\"c\"]\nquiet_hours = {hours = \"22:00-07:00\", weekdays = "
                                  "\"mon-fri\"}\ncontinue = true\n[[alert.route]]\nchannels = []\n",
                              kFile);
  EXPECT_TRUE(parsed.problems.empty()) << error_sentences(parsed.problems);
  const auto& routes = parsed.settings.alert_targets.routes;
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_THAT(routes[0].severities, ElementsAre(AlertSeverity::critical));
  EXPECT_THAT(routes[0].match, ElementsAre(testing::Pair("bot", "r*")));
  ASSERT_TRUE(routes[0].quiet.has_value());
  EXPECT_EQ(routes[0].quiet->hours.from, 22 * 60);
  EXPECT_EQ(routes[0].quiet->hours.weekdays, 0x1f);
  EXPECT_TRUE(routes[0].go_on);
  EXPECT_THAT(routes[1].channels, IsEmpty());
}

TEST(AlertRoutes, WhatIsWrongIsSaid) {
  EXPECT_THAT(problems("[[alert.route]]\nchannels = [\"nobody\"]\n"),
              HasSubstr("there is no channel \"nobody\""));
  EXPECT_THAT(problems("[[alert.route]]\nrepeat = \"1h\"\n"), HasSubstr("this route names no channels"));
  EXPECT_THAT(problems("[[alert.route]]\nchannels = []\nseverity = [\"bad\"]\n"),
              HasSubstr("severity must be an array of"));
  EXPECT_THAT(problems("[[alert.route]]\nchannels = []\nquiet_hours = {hours = \"22-7\"}\n"),
              HasSubstr("expected hours such as \"08:00-18:00\""));
  EXPECT_THAT(problems("[[alert.route]]\nchannels = []\nquiet_hours = {weekdays = \"mon\"}\n"),
              HasSubstr("quiet_hours needs hours"));
  EXPECT_THAT(problems(channel("alertmanager", "url = \"http://127.0.0.1:9093\"\n") +
                       "[[alert.route]]\nchannels = [\"c\"]\nrepeat = \"0s\"\n"),
              HasSubstr("repeat must be at most \"12h\""));
}

TEST(Hours, AreReadOrRefused) {
  Hours hours;
  EXPECT_TRUE(read_hours("00:00-24:00", hours));
  EXPECT_EQ(hours.until, 24 * 60);
  for (const std::string_view bad :
       {"", "7-8", "07:00", "07:00-07:00", "24:00-07:00", "07:60-08:00", "25:00-26:00"})
    EXPECT_FALSE(read_hours(bad, hours)) << bad;
  EXPECT_TRUE(read_weekdays("fri-mon", hours));
  EXPECT_EQ(hours.weekdays, 0b1110001);
  EXPECT_TRUE(read_weekdays("mon,wed-fri", hours));
  EXPECT_EQ(hours.weekdays, 0b0011101);
  for (const std::string_view bad : {"", "monday", "mon,", "mon-", "mon fri"})
    EXPECT_FALSE(read_weekdays(bad, hours)) << bad;
}

TEST(BodyTemplate, ANameThatThereIsNotIsAnError) {
  EXPECT_TRUE(check_template(R"({"text": "{{title}}", "all": {{ alarms }}, "n": {{left_out}}})"));
  EXPECT_THAT(check_template(R"({"text": "{{titel}}"})").error().message(),
              HasSubstr("there is no {{titel}}"));
  EXPECT_THAT(check_template(R"({"text": {{title}}})").error().message(), HasSubstr("not JSON"));
  EXPECT_THAT(check_template(R"({"text": "{{title"})").error().message(), HasSubstr("without its }}"));
}

TEST(Secrets, AreReadFromFileEnvFileAndEnvironment) {
  const std::string file = test_file();
  ASSERT_TRUE(replace_file(file, "  hunter2 \n"));
  EXPECT_EQ(read_secret({.file = file}, "")->reveal(), "  hunter2");
  ASSERT_TRUE(replace_file(file, "A=1\nTOKEN='from file'\n"));
  ::setenv("STEWARD_TEST_TOKEN", "from environment", 1);
  EXPECT_EQ(read_secret({.variable = "TOKEN"}, file)->reveal(), "from file");
  EXPECT_EQ(read_secret({.variable = "STEWARD_TEST_TOKEN"}, file)->reveal(), "from environment");
  EXPECT_EQ(read_secret({.variable = "STEWARD_TEST_NOWHERE"}, file).error().code(), Code::not_found);
}

TEST(Secrets, WhatCannotBeOneIsRefusedUnshown) {
  const std::string file = test_file();
  for (const std::string& text : {std::string("\n"), std::string("hunter2\nmore"), std::string(5000, 'x')}) {
    ASSERT_TRUE(replace_file(file, text));
    const auto secret = read_secret({.file = file}, "");
    ASSERT_FALSE(secret);
    EXPECT_THAT(secret.error().text(), Not(HasSubstr("hunter2")));
  }
}

TEST(Secrets, APipeIsNotWaitedFor) {
  const std::string pipe = test_file();
  ::unlink(pipe.c_str());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(read_secret({.file = pipe}, "").error().text(), HasSubstr("is no file"));
}

TEST(Secrets, AFileThatAllCanReadIsAWarning) {
  const std::string file = test_file();
  ASSERT_TRUE(replace_file(file, "hunter2"));
  bool serious = true;
  EXPECT_EQ(secret_file_fault(file, serious), "");
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(secret_file_fault(file, serious), HasSubstr("chmod 600"));
  EXPECT_FALSE(serious);
  ASSERT_EQ(::unlink(file.c_str()), 0);
  EXPECT_THAT(secret_file_fault(file, serious), HasSubstr("there is no file"));
  EXPECT_TRUE(serious);
}

TEST(SecretUrls, AnAddressThatLooksLikeOneIsWarnedOf) {
  for (const std::string_view url :
       {"https://chat.example.com/hooks/x3k9f8a7s6d5f4g3h2j1", "https://a.example/x?token=1"})
    EXPECT_TRUE(looks_secret(url)) << url;
  for (const std::string_view url :
       {"http://127.0.0.1:8080/api/v1/alarms", "https://hooks.example.com/steward",
        "https://an-organisation-with-a-long-name.example.com/incoming-messages"})
    EXPECT_FALSE(looks_secret(url)) << url;
  const Parsed parsed = parse(channel("webhook", "url = \"https://a.example/x?token=hunter2\"\n"), kFile);
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_TRUE(parsed.problems[0].warning);
  EXPECT_THAT(parsed.problems[0].sentence(), Not(HasSubstr("hunter2")));
}

TEST(SecretUrls, OnlyThePlaceIsShown) {
  EXPECT_EQ(place_of("https://me:pw@hooks.slack.com:443/services/T0"), "https://hooks.slack.com:443");
  EXPECT_EQ(secret_url_fault("https://hooks.slack.com/x"), "");
  EXPECT_EQ(secret_url_fault("http://127.0.0.1:8080/x"), "");
  EXPECT_THAT(secret_url_fault("http://127.0.0.1.evil.example/x"), HasSubstr("in the clear"));
  EXPECT_THAT(secret_url_fault("hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(secret_url_fault("ftp://a"), HasSubstr("https://"));
}

}  // namespace
}  // namespace steward::config
