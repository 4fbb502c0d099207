#include "config/alert_life.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace steward::config {
namespace {

using testing::HasSubstr;

Parsed read(const std::string& alert) {
  return parse("[alert]\n" + alert, "/etc/steward.toml");
}
std::string problem(const std::string& alert) {
  const Parsed parsed = read(alert);
  return parsed.problems.empty() ? "" : parsed.problems[0].sentence();
}

TEST(AlertLife, ReadsWhatIsGiven) {
  const Parsed parsed = read(R"(deadman_url = "https://hc.example.com/x"
deadman_interval = "30s"
on_agent_dead = ["/bin/page", "it is dead"]
[[alert.inhibit]]
source = 'rule="a"'
target = 'rule="b"'
equal = ["bot"]
)");
  ASSERT_TRUE(parsed.problems.empty()) << parsed.problems[0].sentence();
  const AlertLife& life = parsed.settings.alert_life;
  EXPECT_EQ(life.deadman_url, "https://hc.example.com/x");
  EXPECT_EQ(life.deadman_interval, 30 * kSecond);
  EXPECT_EQ(life.on_agent_dead, (std::vector<std::string>{"/bin/page", "it is dead"}));
  ASSERT_EQ(life.inhibits.size(), 1U);
  EXPECT_EQ(life.inhibits[0].target, "rule=\"b\"");
  EXPECT_EQ(life.inhibits[0].equal, std::vector<std::string>{"bot"});
}

TEST(AlertLife, WithoutAWordThereIsNoPingAndNoCommand) {
  const Parsed parsed = read("");
  EXPECT_FALSE(parsed.settings.alert_life.has_deadman());
  EXPECT_TRUE(parsed.settings.alert_life.on_agent_dead.empty());
}

TEST(AlertLife, SaysWhatIsWrong) {
  EXPECT_THAT(problem("deadman_url = \"ftp://x\"\n"), HasSubstr("only http and https"));
  EXPECT_THAT(problem("deadman_interval = \"5s\"\n"), HasSubstr("needs deadman_url"));
  EXPECT_THAT(problem("deadman_url = \"https://x/\"\ndeadman_url_env = \"X\"\n"), HasSubstr("leave one"));
  EXPECT_THAT(problem("on_agent_dead = []\n"), HasSubstr("name a program"));
  EXPECT_THAT(problem("[[alert.inhibit]]\nsource = 'rule=\"a\"'\n"), HasSubstr("source and target"));
  EXPECT_THAT(problem("[[alert.inhibit]]\nsorce = 'rule=\"a\"'\n"), HasSubstr("did you mean \"source\""));
}

}  // namespace
}  // namespace steward::config
