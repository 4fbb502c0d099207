#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace steward::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST(Backups, WhatIsWrongIsSaidInOneSentence) {
  EXPECT_THAT(faults("name = \"a\"\n"), HasSubstr("has no source"));
  EXPECT_THAT(faults("source = \"/a\"\n"), HasSubstr("needs a name"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"ftp://h/x\"\n"), HasSubstr("source must be a path"));
  EXPECT_THAT(faults("name = \"a\"\nsource = 5\n"), HasSubstr("source must be an array of texts"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nencrypt_to = { x = \"age1\" }\n"),
              HasSubstr("steward backup key"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nkeep = { last = -1 }\n"),
              HasSubstr("last must be from 0"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\nevry = \"6h\"\n"), HasSubstr("has no key \"evry\""));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n", ""), HasSubstr("[[backup]] needs a place"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n", "[objects]\nurl = \"http://x\"\n"),
              HasSubstr("url must begin with"));
  EXPECT_THAT(faults("name = \"a\"\nsource = \"/a\"\n[[backup]]\nname = \"a\"\nsource = \"/b\"\n"),
              HasSubstr("a second backup named"));
}

}  // namespace
}  // namespace steward::config
