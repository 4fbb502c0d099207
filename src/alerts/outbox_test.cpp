#include "alerts/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "alerts/test_alarms.hpp"

namespace steward::alerts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() { begin(); }
  void begin(const store::AlarmRows& rows = {}) {
    outbox_.emplace(random_);
    outbox_->restore(rows);
    outbox_->configure(channels_, now(), record_);
  }
  Moment now() const { return Moment::of(clock_); }

  void add(const std::string& key, const std::string& channel = "slack") {
    Notification message{.key = key, .channel = channel, .group = "g"};
    message.created = clock_.wall();
    message.alarms.push_back({.fingerprint = std::hash<std::string>{}(key), .rule = key});
    outbox_->add(message, now(), record_);
  }
  /// What was added is on disk.
  void commit() {
    apply(disk_, record_.take());
    outbox_->submitted(++number_);
    outbox_->release(number_);
  }
  std::vector<std::string> due() {
    std::vector<std::string> keys;
    for (const Notification* message : outbox_->take_due(now()))
      keys.push_back(message->channel + " " + message->key);
    return keys;
  }
  void settle(const Outcome& outcome, const std::string& channel = "slack") {
    outbox_->settle(channel, outcome, now(), record_);
    apply(disk_, record_.take());
  }
  const ChannelFacts& facts(const std::string& channel = "slack") const {
    return outbox_->facts().at(channel);
  }

  ManualClock clock_;
  SeededRandom random_{1};
  std::map<std::string, ChannelLimits> channels_{{"slack", {}}, {"mail", {}}};
  store::AlarmRows disk_;
  Record record_;
  std::optional<Outbox> outbox_;
  std::uint64_t number_ = 0;
};

TEST_F(OutboxTest, sends_only_what_is_on_disk_one_at_a_time_and_in_order) {
  add("a"), add("b"), add("c", "mail");
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(outbox_->next_due(), INT64_MAX);
  commit();
  EXPECT_LE(outbox_->next_due(), clock_.mono());
  EXPECT_THAT(due(), ElementsAre("mail c", "slack a"));
  EXPECT_THAT(due(), IsEmpty());
  settle(Outcome::delivered());
  EXPECT_THAT(due(), ElementsAre("slack b"));
  EXPECT_EQ(facts().delivered, 1);
  EXPECT_EQ(facts().waiting, 1);
  EXPECT_EQ(facts().last_delivery, clock_.wall());
}

TEST_F(OutboxTest, a_key_that_waits_is_not_taken_twice) {
  add("a"), add("a");
  EXPECT_EQ(facts().waiting, 1);
}

TEST_F(OutboxTest, tries_again_after_a_back_off_that_grows_and_never_sooner_than_the_channel_wished) {
  add("a");
  commit();
  MonoNs longest = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    ASSERT_THAT(due(), ElementsAre("slack a"));
    settle(Outcome::retry("503"));
    const std::int64_t pause = outbox_->next_due() - clock_.mono();
    EXPECT_GT(pause, 0);
    EXPECT_LE(pause, Outbox::kLastRetry);
    longest = std::max(longest, pause);
    clock_.advance(pause - 1);
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(1);
  }
  EXPECT_GT(longest, 30 * kSecond);
  EXPECT_EQ(facts().failed, 20);
  EXPECT_NE(facts().failing_since, 0);
  due();
  settle(Outcome::retry("429", 700 * kSecond));
  EXPECT_EQ(outbox_->next_due() - clock_.mono(), 700 * kSecond);
  clock_.advance(700 * kSecond);
  due();
  settle(Outcome::delivered());
  EXPECT_EQ(facts().failing_since, 0);
  EXPECT_EQ(facts().last_error, "");
}

TEST_F(OutboxTest, gives_up_what_is_refused_and_goes_on) {
  add("a"), add("b");
  commit();
  due();
  settle(Outcome::refused("404: no such webhook"));
  EXPECT_THAT(due(), ElementsAre("slack b"));
  EXPECT_EQ(facts().refused, 1);
  EXPECT_EQ(record_.newest_history().back().what, "undelivered");
  EXPECT_THAT(record_.newest_history().back().text, HasSubstr("404: no such webhook"));
}

TEST_F(OutboxTest, gives_up_after_days) {
  add("a");
  commit();
  due();
  settle(Outcome::retry("503"));
  clock_.advance(Outbox::kGiveUpAfter);
  clock_.advance(kSecond);
  due();
  settle(Outcome::retry("503"));
  EXPECT_EQ(facts().waiting, 0);
  EXPECT_TRUE(disk_.outbox.empty());
}

TEST_F(OutboxTest, keeps_to_the_rate_of_the_channel) {
  channels_ = {{"slack", {.messages = 3, .in = 60 * kSecond}}};
  begin();
  for (int i = 0; i < 10; ++i) add(std::to_string(i));
  commit();
  int sent = 0;
  const auto send_all = [&] {
    while (!due().empty()) settle(Outcome::delivered()), ++sent;
  };
  send_all();
  EXPECT_EQ(sent, 3);
  for (int second = 0; second < 60; ++second) clock_.advance(kSecond), send_all();
  EXPECT_GE(sent, 5);
  EXPECT_LE(sent, 6);
}

TEST_F(OutboxTest, what_finds_no_place_is_summed_up) {
  channels_ = {{"slack", {.messages = 1000, .in = kSecond, .waiting = 3}}};
  begin();
  for (int i = 0; i < 40; ++i) add(std::to_string(i));
  commit();
  std::vector<Notification> sent;
  while (true) {
    const auto messages = outbox_->take_due(now());
    if (messages.empty()) break;
    sent.push_back(*messages[0]);
    settle(Outcome::delivered());
  }
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].kind, Notification::Kind::digest);
  EXPECT_EQ(sent[3].left_out, 37);
  EXPECT_EQ(sent[3].alarms.size(), Outbox::kMostInDigest);
  EXPECT_EQ(facts().digested, 37);
  EXPECT_TRUE(disk_.outbox.empty());
}

TEST_F(OutboxTest, what_was_not_delivered_is_sent_by_the_next_process_with_the_same_key) {
  add("a"), add("b");
  commit();
  due();
  settle(Outcome::delivered());
  due();
  begin(disk_);
  EXPECT_EQ(facts().waiting, 1);
  EXPECT_THAT(due(), ElementsAre("slack b"));
}

TEST_F(OutboxTest, messages_of_a_channel_that_is_gone_are_given_up) {
  add("a", "mail");
  add("b", "nowhere");
  EXPECT_THAT(record_.newest_history().back().text, HasSubstr("no channel"));
  commit();
  channels_.erase("mail");
  outbox_->configure(channels_, now(), record_);
  apply(disk_, record_.take());
  EXPECT_TRUE(disk_.outbox.empty());
  EXPECT_THAT(due(), IsEmpty());
  settle(Outcome::delivered(), "mail");  // an answer that comes late
}

}  // namespace
}  // namespace steward::alerts
