#include "config/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace steward::config {
namespace {

using testing::HasSubstr;

Parsed parsed(const std::string& text) {
  return parse(text, "/etc/steward/steward.toml");
}
std::string sentence(const std::string& text) {
  const Parsed all = parsed(text);
  return all.problems.size() == 1 ? all.problems[0].sentence() : std::to_string(all.problems.size());
}
std::string endpoint(const std::string& rest) {
  return "[[health.endpoint]]\nname = \"x\"\n" + rest;
}

TEST(HealthSettings, HaveSaneDefaults) {
  const HealthSettings health = parsed("").settings.health;
  EXPECT_EQ(health.cpu_percent, 85);
  EXPECT_EQ(health.memory_percent, 90);
  EXPECT_EQ(health.disk_percent, 95);
  EXPECT_EQ(health.tls_expiry, 14 * kDay);
  EXPECT_TRUE(health.ntp_server.empty());
}

TEST(HealthSettings, AreRead) {
  const Parsed all = parsed(
      "[health]\ncpu_percent = 50\nload_per_cpu = 2\nclock_offset = \"20ms\"\nntp_server = \"[::1]:1123\"\n" +
      endpoint(
          "url = \"tls://exchange.example:443\"\nevery = \"10s\"\ntimeout = \"1s\"\nca_file = \"ca.pem\"\n") +
      "[[health.endpoint]]\nname = \"y\"\nurl = \"https://x.example/\"\nstatus = 204\nexpect = \"ok\"\n");
  ASSERT_TRUE(all.problems.empty()) << all.problems[0].sentence();
  const HealthSettings& health = all.settings.health;
  EXPECT_EQ(health.cpu_percent, 50);
  EXPECT_EQ(health.ntp_server, "[::1]:1123");
  ASSERT_EQ(health.endpoints.size(), 2U);
  EXPECT_EQ(health.endpoints[0].every, 10 * kSecond);
  EXPECT_EQ(health.endpoints[0].ca_file, "/etc/steward/ca.pem");
  EXPECT_EQ(health.endpoints[1].status, 204);
}

TEST(HealthSettings, SayWhatIsWrong) {
  EXPECT_THAT(sentence("[health]\ncpu_percent = 101\n"), HasSubstr(":2: cpu_percent must be from 1 to 100"));
  EXPECT_THAT(sentence("[health]\nntp_server = \"a b\"\n"), HasSubstr("ntp_server must be a host"));
  EXPECT_THAT(sentence(endpoint("")), HasSubstr("has no url"));
  for (const char* url : {"tcp://host", "tls://:443", "tcp://h:1/x", "tcp://u@h:1", "tcp://[::1]"})
    EXPECT_THAT(sentence(endpoint(fmt::format("url = \"{}\"\n", url))), HasSubstr("an address such as"))
        << url;
  EXPECT_THAT(sentence(endpoint("url = \"ftp://x/\"\n")), HasSubstr("\"tcp://host:port\""));
  EXPECT_THAT(sentence(endpoint("url = \"tcp://h:1\"\nstatus = 200\n")),
              HasSubstr("http:// and https:// alone"));
  EXPECT_THAT(sentence(endpoint("url = \"tcp://h:1\"\ntimeout = \"60s\"\n")),
              HasSubstr("must not be longer"));
  EXPECT_THAT(sentence(endpoint("url = \"tcp://h:1\"\n") + endpoint("url = \"tcp://h:2\"\n")),
              HasSubstr("a second endpoint named \"x\""));
  EXPECT_THAT(sentence("[health]\nendpoint = 5\n"), HasSubstr("two brackets"));
}

}  // namespace
}  // namespace steward::config
