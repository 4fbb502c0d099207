// Every service's message within its limits, whatever the alarms hold; and every answer understood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include "alerts/channels/alertmanager.hpp"
#include "alerts/channels/command.hpp"
#include "alerts/channels/discord.hpp"
#include "alerts/channels/fit.hpp"
#include "alerts/channels/message.hpp"
#include "alerts/channels/slack.hpp"
#include "alerts/channels/telegram.hpp"
#include "alerts/channels/test_sample.hpp"
#include "alerts/channels/webhook.hpp"

namespace steward::alerts {
namespace {

namespace json = boost::json;
using config::ChannelType;
using testing::HasSubstr;
using Kind = Outcome::Kind;

json::value parsed(const std::string& body) {
  json::error_code error;
  json::value value = json::parse(body, error);
  RC_ASSERT(!error);
  return value;
}

std::size_t units(const json::value& text) {
  return units_of(json::value_to<std::string>(text));
}

RC_GTEST_PROP(Slack, StaysWithinItsLimits, ()) {
  const auto body = parsed(render_slack(sample_channel(ChannelType::slack), *any_notification()).body);
  const json::array& blocks = body.at("blocks").as_array();
  RC_ASSERT(!blocks.empty() && blocks.size() <= 50U);
  std::size_t all = 0;
  for (const json::value& block : blocks) {
    const std::size_t size = units(block.at("text").at("text"));
    RC_ASSERT(size >= 1U && size <= (block.at("type").as_string() == "header" ? 150U : 3000U));
    all += size;
  }
  RC_ASSERT(all <= 13'000U);
  RC_ASSERT(units(body.at("text")) <= 3000U);
}

RC_GTEST_PROP(Discord, StaysWithinItsLimits, ()) {
  const auto body = parsed(render_discord(sample_channel(ChannelType::discord), *any_notification()).body);
  RC_ASSERT(units(body.at("content")) <= 2000U);
  const json::array& embeds = body.at("embeds").as_array();
  RC_ASSERT(embeds.size() <= 10U);
  std::size_t all = 0;
  for (const json::value& embed : embeds) {
    const json::object& object = embed.as_object();
    if (object.contains("title")) all += units(object.at("title"));
    if (object.contains("title")) RC_ASSERT(units(object.at("title")) <= 256U);
    if (object.contains("description")) all += units(object.at("description"));
    if (object.contains("description")) RC_ASSERT(units(object.at("description")) <= 4096U);
    if (!object.contains("fields")) continue;
    RC_ASSERT(object.at("fields").as_array().size() <= 25U);
    for (const json::value& field : object.at("fields").as_array()) {
      RC_ASSERT(units(field.at("name")) <= 256U && units(field.at("value")) <= 1024U);
      all += units(field.at("name")) + units(field.at("value"));
    }
  }
  RC_ASSERT(all <= 6000U);
}

RC_GTEST_PROP(Telegram, StaysWithinItsLimitAndItsTagsAreWhole, ()) {
  const auto body = parsed(render_telegram(sample_channel(ChannelType::telegram), *any_notification()).body);
  const auto text = json::value_to<std::string>(body.at("text"));
  RC_ASSERT(units_of(text) >= 1U && units_of(text) <= 4096U);
  std::vector<std::string> open;
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    const auto end = text.find('>', at);
    RC_ASSERT(end != std::string::npos);
    const std::string tag = text.substr(at + 1, end - at - 1);
    if (tag.starts_with('/')) {
      RC_ASSERT(!open.empty() && open.back() == tag.substr(1));
      open.pop_back();
    } else {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  RC_ASSERT(open.empty());
}

RC_GTEST_PROP(Webhook, IsAlwaysJsonWithHeadersThatCanBeSent, ()) {
  Channel channel = sample_channel(ChannelType::webhook);
  channel.signing = Secret("key");
  if (*rc::gen::arbitrary<bool>())
    channel.settings.body_template = R"({"a": "{{title}} {{text}} {{key}} {{host}}", "b": {{alarms}}})";
  const auto request = render_webhook(channel, *any_notification(), kFired);
  parsed(request.body);
  for (const auto& [name, value] : request.headers) RC_ASSERT(net::is_header(name, value));
}

RC_GTEST_PROP(Alertmanager, HasLabelsOfItsAlphabet, ()) {
  Channel channel = sample_channel(ChannelType::alertmanager);
  const auto body = parsed(render_alertmanager(channel, *any_notification()).body);
  for (const json::value& alert : body.as_array()) {
    for (const auto& label : alert.at("labels").as_object()) {
      RC_ASSERT(!label.key().empty());
      RC_ASSERT(
          label.key().find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
          json::string_view::npos);
    }
  }
}

TEST(Message, SaysWhatHowBadSinceWhenTheNumbersWhatWasDoneAndWhereToLook) {
  const Notification notification = sample();
  const std::string text = plain_text(notification, message_of(notification), 10'000);
  EXPECT_EQ(text,
            "[CRITICAL] host-a: daily-loss (bot=racing)\n"
            "\n"
            "daily-loss (bot=racing)\n"
            "The loss of today is 212.50 GBP, more than 200\n"
            "  severity: CRITICAL\n"
            "  since: Mon 21 Sep 2026 15:13:20 BST (14:13:20 UTC)\n"
            "  lasting: 1m 30s\n"
            "  value: -212.5\n"
            "  Steward did: closed the gate of racing\n"
            "  runbook: docs/runbooks/daily-loss.md\n"
            "\n"
            "Dashboard: http://127.0.0.1:8080/dashboard\n");
}

TEST(Message, AnEndSaysHowLongItLasted) {
  const Notification notification = sample(Notification::Kind::resolved);
  const std::string text = plain_text(notification, message_of(notification), 10'000);
  EXPECT_THAT(text, HasSubstr("[RESOLVED] host-a: daily-loss (bot=racing)\n"));
  EXPECT_THAT(text, HasSubstr("  ended: Mon 21 Sep 2026 15:14:40 BST (14:14:40 UTC)\n  lasted: 1m 20s\n"));
}

TEST(Message, WhatHasNoRoomIsCounted) {
  Notification notification = sample();
  notification.alarms.resize(40, sample_alarm());
  notification.left_out = 5;
  for (const auto& body : {render_slack(sample_channel(ChannelType::slack), notification).body,
                           render_discord(sample_channel(ChannelType::discord), notification).body,
                           render_telegram(sample_channel(ChannelType::telegram), notification).body}) {
    const auto at = body.find("… ");
    ASSERT_NE(at, std::string::npos);
    EXPECT_GT(std::stoi(body.substr(at + std::string("… ").size())), 5);
  }
}

TEST(Message, ADigestCountsMessagesAndATestSaysWhatItIs) {
  Notification digest = sample(Notification::Kind::digest);
  digest.left_out = 7;
  EXPECT_THAT(plain_text(digest, message_of(digest), 10'000), HasSubstr("… 7 more messages"));
  const Notification test = sample(Notification::Kind::test);
  EXPECT_THAT(plain_text(test, message_of(test), 10'000), HasSubstr("[TEST] host-a: this channel works"));
}

TEST(Slack, OnlyOkIsSuccess) {
  EXPECT_EQ(judge_slack(answered(200, "ok"), kFired).kind, Kind::delivered);
  EXPECT_EQ(judge_slack(answered(200, "<html>sign in to the Wi-Fi"), kFired).kind, Kind::retry);
  EXPECT_EQ(judge_slack(answered(400, "invalid_blocks"), kFired).kind, Kind::refused);
  const Outcome gone = judge_slack(answered(404, "no_service"), kFired);
  EXPECT_EQ(gone.kind, Kind::refused);
  EXPECT_THAT(gone.reason, HasSubstr("it answered 404: no_service; make a new incoming webhook"));
}

TEST(Answers, LaterIsLaterAndWhenTheServerSays) {
  EXPECT_EQ(judge_slack(answered(429, "", "30"), kFired).after_ns, 30 * kSecond);
  EXPECT_EQ(judge_webhook(answered(503, "", "Mon, 21 Sep 2026 14:14:20 GMT"), kFired).after_ns, 60 * kSecond);
  EXPECT_EQ(judge_webhook(answered(500), kFired).kind, Kind::retry);
  EXPECT_EQ(judge_webhook(answered(429, "", "999999"), kFired).after_ns, 3600 * kSecond);
  EXPECT_EQ(judge_webhook(fail(Code::timeout, "no answer"), kFired).kind, Kind::retry);
  EXPECT_EQ(judge_webhook(fail(Code::unavailable, "nobody"), kFired).kind, Kind::retry);
}

TEST(Answers, NeverIsNever) {
  for (const int status : {301, 400, 401, 403, 404, 410, 413})
    EXPECT_EQ(judge_webhook(answered(status), kFired).kind, Kind::refused) << status;
  EXPECT_EQ(judge_webhook(fail(Code::invalid, "no address"), kFired).kind, Kind::refused);
}

TEST(Discord, ItsOwnRetryAfterIsFiner) {
  const Outcome outcome = judge_discord(
      answered(429, R"({"message": "You are being rate limited.", "retry_after": 0.65, "global": false})",
               "1"),
      kFired);
  EXPECT_EQ(outcome.kind, Kind::retry);
  EXPECT_EQ(outcome.after_ns, 650 * kMillisecond);
  EXPECT_EQ(judge_discord(answered(204), kFired).kind, Kind::delivered);
  EXPECT_EQ(judge_discord(answered(404, R"({"message": "Unknown Webhook", "code": 10015})"), kFired).kind,
            Kind::refused);
}

TEST(Telegram, OkIsWhatItsBodySays) {
  EXPECT_EQ(judge_telegram(answered(200, R"({"ok":true,"result":{}})"), kFired).kind, Kind::delivered);
  EXPECT_EQ(
      judge_telegram(answered(200, R"({"ok":false,"error_code":400,"description":"Bad"})"), kFired).kind,
      Kind::refused);
  EXPECT_EQ(judge_telegram(answered(200, "<html>"), kFired).kind, Kind::retry);
  const Outcome later = judge_telegram(
      answered(429,
               R"({"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":17}})"),
      kFired);
  EXPECT_EQ(later.kind, Kind::retry);
  EXPECT_EQ(later.after_ns, 17 * kSecond);
  const Outcome moved = judge_telegram(
      answered(400, R"({"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-1001234567890}})"),
      kFired);
  EXPECT_EQ(moved.kind, Kind::refused);
  EXPECT_THAT(moved.reason, HasSubstr("chat_id = -1001234567890"));
}

TEST(Webhook, TheSignatureIsThatOfStripe) {
  // Independently: printf '1800000000.{}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(signature("key", 1'800'000'000 * kSecond, "{}"),
            "t=1800000000,v1=7321475872b03ff21bdc2dfd86ea2d99ec29c479fbe4a77aa6acf4509505493f");
}

TEST(Webhook, SignsInWithATokenOrAPassword) {
  Channel channel = sample_channel(ChannelType::webhook);
  EXPECT_THAT(render_webhook(channel, sample(), kFired).headers,
              testing::Contains(testing::Pair("Authorization", "Bearer 123456:secrettoken")));
  channel.token = {};
  channel.settings.username = "Aladdin";
  channel.password = Secret("open sesame");
  EXPECT_THAT(render_webhook(channel, sample(), kFired).headers,
              testing::Contains(testing::Pair("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
}

TEST(CommandChannel, ItsExitStatusDecides) {
  const auto ended = [](int status) { return judge_command(net::CommandEnd{status << 8, "some words\n"}); };
  EXPECT_EQ(ended(0).kind, Kind::delivered);
  EXPECT_EQ(ended(1).kind, Kind::retry);
  EXPECT_EQ(ended(75).kind, Kind::retry);
  EXPECT_EQ(ended(64).kind, Kind::refused);
  EXPECT_EQ(ended(1).reason, "it exited with code 1: some words ");
  EXPECT_EQ(judge_command(net::CommandEnd{9, ""}).kind, Kind::retry);
  EXPECT_EQ(judge_command(fail(Code::not_found, "no program")).kind, Kind::refused);
}

TEST(ChannelSecrets, AreTakenOutOfWhatAServerRepeats) {
  const Channel channel = sample_channel(ChannelType::slack);
  EXPECT_EQ(channel.without_secrets("no route /services/T0/B0/hunter2hunter2 for 123456:secrettoken"),
            "no route *** for ***");
}

}  // namespace
}  // namespace steward::alerts
