#include "alerts/channel_sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>

#include "alerts/channels/test_sample.hpp"
#include "os/files.hpp"

namespace steward::alerts {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kUrl = "https://hooks.slack.com/services/T0/B0/hunter2hunter2";

struct ChannelSenderTest : testing::Test {
  ChannelSenderTest() {
    EXPECT_TRUE(replace_file(file, kUrl));
    targets.channels = {{.name = "one", .type = config::ChannelType::slack, .url_secret = {.file = file}}};
  }
  Outcome send(const Notification& message = sample()) {
    std::optional<Outcome> result;
    sender.send(message, [&](Outcome outcome) { result = std::move(outcome); });
    EXPECT_FALSE(result.has_value()) << "never from inside send()";
    while (!tasks.empty()) {
      auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
    return result.value_or(Outcome::refused("never told"));
  }

  std::deque<std::function<void()>> tasks;
  net::Executor executor = [this](std::function<void()> task) { tasks.push_back(std::move(task)); };
  net::MemoryHttpClient outbound{executor};
  ManualClock clock;
  std::vector<net::Command> commands;
  ChannelSender sender{{outbound, clock,
                        [this](net::Command command, net::CommandDone done) {
                          commands.push_back(std::move(command));
                          executor([done] { done(net::CommandEnd{}); });
                        },
                        executor}};
  std::string file = testing::TempDir() + "steward_sender_secret" + std::to_string(::getpid());
  config::AlertTargets targets;
};

TEST_F(ChannelSenderTest, AMessageIsRenderedSentAndJudged) {
  outbound.put(std::string(kUrl), {200, "text/plain", "ok", ""});
  sender.assign(targets);
  EXPECT_EQ(send().kind, Outcome::Kind::delivered);
  ASSERT_EQ(outbound.sent().size(), 1U);
  EXPECT_EQ(outbound.sent()[0].method, "POST");
  EXPECT_EQ(outbound.sent()[0].place, "https://hooks.slack.com");
  EXPECT_THAT(outbound.sent()[0].body, HasSubstr("daily-loss"));
}

TEST_F(ChannelSenderTest, NoReasonShowsASecret) {
  sender.assign(targets);
  const Outcome nobody = send();
  EXPECT_EQ(nobody.kind, Outcome::Kind::retry);
  EXPECT_THAT(nobody.reason, HasSubstr("https://hooks.slack.com"));
  EXPECT_THAT(nobody.reason, Not(HasSubstr("hunter2")));
  outbound.put(std::string(kUrl), {404, "text/plain", "no " + std::string(kUrl), ""});
  EXPECT_THAT(send().reason, Not(HasSubstr("hunter2")));
}

TEST_F(ChannelSenderTest, ASecretThatIsNotThereYetIsReadWhenItIs) {
  outbound.put(std::string(kUrl), {200, "text/plain", "ok", ""});
  ASSERT_EQ(::unlink(file.c_str()), 0);
  sender.assign(targets);
  const Outcome early = send();
  EXPECT_EQ(early.kind, Outcome::Kind::retry);
  EXPECT_THAT(early.reason, HasSubstr(file));
  EXPECT_EQ(sender.troubles().count("one"), 1U);
  ASSERT_TRUE(replace_file(file, kUrl));
  EXPECT_EQ(send().kind, Outcome::Kind::delivered);
  EXPECT_TRUE(sender.troubles().empty());
}

TEST_F(ChannelSenderTest, ARotatedSecretWorksAfterAReload) {
  sender.assign(targets);
  const std::string next = "https://hooks.slack.com/services/T0/B0/another";
  outbound.put(next, {200, "text/plain", "ok", ""});
  ASSERT_TRUE(replace_file(file, next + "\n"));
  EXPECT_EQ(send().kind, Outcome::Kind::retry);
  sender.assign(targets);
  EXPECT_EQ(send().kind, Outcome::Kind::delivered);
}

TEST_F(ChannelSenderTest, AChannelThatIsGoneIsRefused) {
  sender.assign({});
  const Outcome outcome = send();
  EXPECT_EQ(outcome.kind, Outcome::Kind::refused);
  EXPECT_THAT(outcome.reason, HasSubstr("there is no channel \"one\""));
}

TEST_F(ChannelSenderTest, ASecretWouldNotTravelInTheClear) {
  ASSERT_TRUE(replace_file(file, "http://hooks.slack.com/services/T0"));
  sender.assign(targets);
  EXPECT_THAT(send().reason, HasSubstr("in the clear"));
  EXPECT_TRUE(outbound.sent().empty());
}

TEST_F(ChannelSenderTest, AChannelThatWantsNoEndsGetsNone) {
  targets.channels[0].send_resolved = false;
  sender.assign(targets);
  EXPECT_EQ(send(sample(Notification::Kind::resolved)).kind, Outcome::Kind::delivered);
  EXPECT_TRUE(outbound.sent().empty());
}

TEST_F(ChannelSenderTest, MailAndCommandsGoTheirOwnWays) {
  targets.channels = {{.name = "one",
                       .type = config::ChannelType::email,
                       .smtp = "smtp://127.0.0.1:25",
                       .from = "a@example.com",
                       .to = {"b@example.com"}},
                      {.name = "two", .type = config::ChannelType::command, .command = {"true"}}};
  sender.assign(targets);
  EXPECT_EQ(send().kind, Outcome::Kind::delivered);
  EXPECT_EQ(outbound.delivered().size(), 1U);
  Notification message = sample();
  message.channel = "two";
  EXPECT_EQ(send(message).kind, Outcome::Kind::delivered);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_THAT(commands[0].input, HasSubstr("\"key\":\"k-1\""));
  EXPECT_THAT(commands[0].env, testing::Contains("STEWARD_SEVERITY=critical"));
}

}  // namespace
}  // namespace steward::alerts
