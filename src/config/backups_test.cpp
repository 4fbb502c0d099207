#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace steward::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string faults(const std::string& backup,
                   const std::string& objects = "[objects]\nurl = \"file:///b\"\n") {
  return error_sentences(parse(objects + "[[backup]]\n" + backup, "/etc/steward/steward.toml").problems);
}

TEST(Backups, AreReadWithTheirPathsMadeAbsolute) {
  const auto parsed = parse(
      "[objects]\nurl = \"s3://bucket/a\"\nregion = \"eu-west-2\"\n"
      "[[backup]]\nname = \"trading\"\nsource = [\"config\", \"/home/*/x\", \"sqlite:///d/bot.db\", "
      "\"journals\"]\n"
      "exclude = [\"*.log\"]\nbandwidth = \"10MB\"\nkeep = { last = 3, daily = 7 }\n"
      "[[backup]]\nname = \"other\"\nsource = \"/o\"\ncompression = \"gzip\"\n",
      "/etc/steward/steward.toml");
  ASSERT_EQ(error_sentences(parsed.problems), "");
  ASSERT_EQ(parsed.settings.backups.size(), 2U);
  const Backup& backup = parsed.settings.backups[0];
  EXPECT_THAT(backup.sources,
              ElementsAre("/etc/steward/config", "/home/*/x", "sqlite:///d/bot.db", "journals"));
  EXPECT_EQ(backup.bandwidth, 10'000'000);
  EXPECT_EQ(backup.keep.daily, 7);
  EXPECT_EQ(backup.keep.weekly, 0);
  EXPECT_FALSE(backup.gzip);
  EXPECT_TRUE(parsed.settings.backups[1].gzip);
  EXPECT_EQ(parsed.settings.objects.region, "eu-west-2");
}

TEST(Backups, SayAfterHowManyDaysTheirArchivesMove) {
  const auto lifecycle = [](const std::string& text) {
    const auto parsed = parse(
        "[objects]\nurl = \"s3://bucket/a\"\nprices = \"p.toml\"\n[[backup]]\nname = \"a\"\n"
        "source = \"/x\"\n" +
            text,
        "/etc/steward/steward.toml");
    EXPECT_EQ(error_sentences(parsed.problems), "");
    EXPECT_EQ(parsed.settings.objects.prices, "/etc/steward/p.toml");
    const Backup& backup = parsed.settings.backups.at(0);
    return fmt::format("{} {} {}", backup.has_lifecycle, backup.lifecycle.ia, backup.lifecycle.glacier);
  };
  EXPECT_EQ(lifecycle(""), "true 30 90");
  EXPECT_EQ(lifecycle("lifecycle = false\n"), "false 30 90");
  EXPECT_EQ(lifecycle("lifecycle = { ia = 45, glacier = 0 }\n"), "true 45 0");
  EXPECT_EQ(lifecycle("lifecycle = { ia = 0, glacier = 1 }\n"), "true 0 1");
  const std::string rest = "name = \"a\"\nsource = \"/x\"\nlifecycle = ";
  EXPECT_THAT(faults(rest + "{ ia = 7 }\n"), HasSubstr("ia must be 0 (never) or at least 30"));
  EXPECT_THAT(faults(rest + "{ ia = 70 }\n"),
              HasSubstr("glacier must be 0 (never) or at least 30 days after ia"));
  EXPECT_THAT(faults(rest + "{ deep = 7 }\n"), HasSubstr("deep"));
  EXPECT_THAT(faults(rest + "30\n"), HasSubstr("lifecycle must be a table"));
}

TEST(Backups, HaveASchedule) {
  const auto parsed = parse(
      "[objects]\nurl = \"s3://bucket/a\"\n"
      "[[backup]]\nname = \"db\"\nsource = \"postgresql:///trading_db\"\nevery = \"6h\"\njitter = \"5m\"\n"
      "format = \"plain\"\nrow_counts = false\n"
      "drill = { at = \"sun 04:00\", to = \"postgresql:///drill\", check = [\"x\"], key = \"d.key\" }\n"
      "[[backup]]\nname = \"own\"\nsource = \"steward\"\ncron = \"30 2 * * 1-5\"\nship = \"off\"\n"
      "drill_key = false\n",
      "/etc/steward/steward.toml");
  ASSERT_EQ(error_sentences(parsed.problems), "");
  const Backup& database = parsed.settings.backups[0];
  EXPECT_EQ(database.when.every, "6h");
  EXPECT_EQ(database.when.jitter, 300 * kSecond);
  EXPECT_TRUE(database.plain);
  EXPECT_FALSE(database.row_counts);
  EXPECT_FALSE(database.has_journals());
  EXPECT_EQ(database.drill.when.at, "sun 04:00");
  EXPECT_EQ(database.drill.key, "/etc/steward/d.key");
  const Backup& own = parsed.settings.backups[1];
  EXPECT_TRUE(own.has_journals());
  EXPECT_EQ(own.ship, 0);
  EXPECT_EQ(database.ship, 0);
  EXPECT_FALSE(own.drill_key);
  EXPECT_TRUE(own.drill.when.none());
}

TEST(Backups, AScheduleThatCannotBeIsRefused) {
  const std::string job = "name = \"a\"\nsource = \"/a\"\n";
  EXPECT_THAT(faults(job + "every = \"6h\"\nat = \"02:00\"\n"), HasSubstr("exclude each other"));
  EXPECT_THAT(faults(job + "every = \"1s\"\n"), HasSubstr("too often"));
  EXPECT_THAT(faults(job + "at = \"25:00\"\n"), HasSubstr("no time of day"));
  EXPECT_THAT(faults(job + "cron = \"* *\"\n"), HasSubstr("cron"));
  EXPECT_THAT(faults(job + "jitter = \"1m\"\n"), HasSubstr("jitter needs"));
  EXPECT_THAT(faults(job + "ship = \"2s\"\n"), HasSubstr("ship is for"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"journals\"\nship = \"1ms\"\n"), HasSubstr("ship must be"));
  EXPECT_THAT(faults(job + "drill = { to = \"/x\" }\n"), HasSubstr("to must be a database"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"postgresql://u:secret@h/d\"\n"),
              AllOf(HasSubstr("names a password"), Not(HasSubstr("secret@"))));
}

TEST(Backups, JournalsShipBetweenScheduledBackups) {
  const auto ship_of = [](const std::string& lines) {
    return parse("[objects]\nurl = \"s3://bucket/a\"\nhost = \"b-2\"\n[[backup]]\nname = \"own\"\n" + lines,
                 "/s.toml");
  };
  EXPECT_EQ(ship_of("source = \"steward\"\nevery = \"6h\"\n").settings.backups[0].ship, kSecond);
  EXPECT_EQ(ship_of("source = \"journals\"\n").settings.backups[0].ship, 0);
  const auto by_hand = ship_of("source = \"journals\"\nship = \"5s\"\n");
  EXPECT_EQ(by_hand.settings.backups[0].ship, 5 * kSecond);
  EXPECT_EQ(by_hand.settings.objects.host, "b-2");
  ASSERT_EQ(by_hand.problems.size(), 1U);
  EXPECT_TRUE(by_hand.problems[0].warning);
  EXPECT_THAT(by_hand.problems[0].text, HasSubstr("add a schedule"));
  EXPECT_THAT(error_sentences(parse("[objects]\nurl = \"s3://b\"\nhost = \"a/b\"\n", "/s.toml").problems),
              HasSubstr("host must be"));
}

TEST(Backups, WhatIsWrongIsSaidInOneSentence) {
  EXPECT_THAT(faults("name = \"a\"\n"), HasSubstr("has no source"));
  EXPECT_THAT(faults("source = \"/a\"\n"), HasSubstr("needs a name"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"ftp://h/x\"\n"), HasSubstr("source must be a path"));
  EXPECT_THAT(faults("name = \"a\"\nsource = 5\n"), HasSubstr("source must be an array of texts"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nencrypt_to = { x = \"age1\" }\n"),
              HasSubstr("steward backup key"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nencrypt_to = {}\n"), HasSubstr("found none in it"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nkeep = { last = -1 }\n"),
              HasSubstr("last must be from 0"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nevry = \"6h\"\n"), HasSubstr("has no key \"evry\""));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nxyzzy = 1\n"),
              HasSubstr("drill_key, ship, keep, lifecycle, drill"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n", ""), HasSubstr("[[backup]] needs a place"));
  for (const auto& [line, fault] : {std::pair{"addressing = \"host\"", "must be \"path\" or \"virtual\""},
                                    {"storage_class = \"GLACIER\"", "read at once"},
                                    {"encryption = \"rot13\"", "must be \"AES256\" or \"aws:kms\""},
                                    {"encryption = \"AES256\"\nkms_key = \"k\"", "kms_key goes with"}})
    EXPECT_THAT(
        faults("name = \"a\"\nsource = \"/a\"\n", fmt::format("[objects]\nurl = \"s3://b\"\n{}\n", line)),
        HasSubstr(fault));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n", "[objects]\nurl = \"http://x\"\n"),
              HasSubstr("url must begin with"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n[[backup]]\nname = \"a\"\nsource = \"/b\"\n"),
              HasSubstr("a second backup named"));
}

}  // namespace
}  // namespace steward::config
