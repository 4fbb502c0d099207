#include "alerts/life_cycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "alerts/alarm_json.hpp"
#include "alerts/test_alarms.hpp"

namespace steward::alerts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const LabelSet kRacing{{"bot", "racing"}}, kTennis{{"bot", "tennis"}};

class LifeCycleTest : public testing::Test {
 protected:
  LifeCycleTest() {
    rules_.add("down");
    deliveries_ = {{.channel = "slack"}};
    begin();
  }
  void begin() {
    record_.emplace();
    life_.emplace(*record_);
    configure();
  }
  void configure(std::vector<Inhibition> inhibitions = {}) {
    life_->configure([this](const Alarm&, WallNs) { return deliveries_; }, std::move(inhibitions),
                     {"host-a", "UTC", ""});
  }
  Moment now() const { return Moment::of(clock_); }

  /// One second passes and this is seen; who is told what.
  std::vector<std::string> see(const std::vector<Condition>& conditions, std::int64_t ns = kSecond) {
    clock_.advance(ns);
    life_->step(now(), {conditions, unanswered_}, rules_);
    return told();
  }
  std::vector<std::string> told() {
    std::vector<std::string> texts;
    for (const Notification& message : life_->messages(now())) {
      texts.push_back(short_text(message));
      keys_.push_back(message.key);
    }
    apply(disk_, record_->take());
    return texts;
  }
  std::vector<std::string> pass(std::int64_t ns, const std::vector<Condition>& conditions) {
    std::vector<std::string> all;
    for (; ns > 0; ns -= kSecond) {
      for (auto& text : see(conditions)) all.push_back(text);
    }
    return all;
  }
  /// kill -9, and the next agent.
  void die(std::int64_t dead_for = 0) {
    clock_.advance(dead_for);
    begin();
    record_->restore(disk_);
    life_->restore(disk_, now());
  }
  std::string state() const {
    std::string text;
    for (const AlarmView& view : life_->alarms())
      text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(view.alarm->state));
    return text;
  }
  std::uint64_t id(const LabelSet& labels = {}, const std::string& rule = "down") const {
    return fingerprint_of(rule, labels);
  }

  ManualClock clock_;
  TestRules rules_;
  std::vector<Delivery> deliveries_;
  std::set<std::uint32_t> unanswered_;
  store::AlarmRows disk_;
  std::optional<Record> record_;
  std::optional<LifeCycle> life_;
  std::vector<std::string> keys_;
};

TEST_F(LifeCycleTest, fires_at_once_without_a_for_and_resolves_at_once_without_a_clear_for) {
  EXPECT_THAT(see({rules_.holds("down", kRacing)}), ElementsAre("firing slack down/racing"));
  EXPECT_EQ(state(), "firing");
  EXPECT_THAT(see({}), IsEmpty()) << "a second message about one group waits for its interval";
  EXPECT_EQ(state(), "");
  EXPECT_THAT(pass(15 * kSecond, {}), ElementsAre("resolved slack down/racing"));
}

TEST_F(LifeCycleTest, holds_for_its_for_first) {
  rules_.add("slow").hold_for = 5 * kSecond;
  EXPECT_THAT(pass(5 * kSecond, {rules_.holds("slow")}), IsEmpty());
  EXPECT_EQ(state(), "pending");
  EXPECT_THAT(see({rules_.holds("slow")}), ElementsAre("firing slack slow"));
}

TEST_F(LifeCycleTest, a_gap_begins_the_for_anew) {
  rules_.add("slow").hold_for = 5 * kSecond;
  pass(4 * kSecond, {rules_.holds("slow")});
  see({});
  EXPECT_EQ(state(), "");
  EXPECT_THAT(pass(5 * kSecond, {rules_.holds("slow")}), IsEmpty());
}

TEST_F(LifeCycleTest, flapping_within_clear_for_is_one_alarm) {
  rules_.add("flap").clear_for = 10 * kSecond;
  EXPECT_THAT(see({rules_.holds("flap")}), SizeIs(1));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(pass(9 * kSecond, {}), IsEmpty());
    EXPECT_THAT(pass(2 * kSecond, {rules_.holds("flap")}), IsEmpty());
  }
  EXPECT_THAT(pass(12 * kSecond, {}), ElementsAre("resolved slack flap"));
}

TEST_F(LifeCycleTest, an_end_that_was_not_told_yet_is_taken_back) {
  see({rules_.holds("down")});
  see({});
  EXPECT_THAT(pass(30 * kSecond, {rules_.holds("down")}), IsEmpty());
}

TEST_F(LifeCycleTest, alarms_of_one_rule_share_a_message_and_those_that_follow_wait_for_the_interval) {
  EXPECT_THAT(see({rules_.holds("down", kRacing), rules_.holds("down", kTennis)}),
              ElementsAre(testing::AnyOf("firing slack down/racing down/tennis",
                                         "firing slack down/tennis down/racing")));
  const std::vector<Condition> three{rules_.holds("down", kRacing), rules_.holds("down", kTennis),
                                     rules_.holds("down", {{"bot", "x"}})};
  EXPECT_THAT(pass(9 * kSecond, three), IsEmpty());
  EXPECT_THAT(pass(2 * kSecond, three), ElementsAre("firing slack down/x"));
}

TEST_F(LifeCycleTest, group_by_labels_across_rules) {
  rules_.add("slow");
  deliveries_ = {{.channel = "slack", .group_by = {"bot"}}};
  EXPECT_THAT(
      see({rules_.holds("down", kRacing), rules_.holds("slow", kRacing), rules_.holds("down", kTennis)}),
      SizeIs(2));
}

TEST_F(LifeCycleTest, repeats_while_it_fires_and_not_once_it_is_acknowledged) {
  deliveries_[0].repeat = 60 * kSecond;
  see({rules_.holds("down")});
  EXPECT_THAT(pass(59 * kSecond, {rules_.holds("down")}), IsEmpty());
  EXPECT_THAT(pass(61 * kSecond, {rules_.holds("down")}),
              ElementsAre("firing slack down", "firing slack down"));
  ASSERT_TRUE(life_->acknowledge(id(), "alice", "on it", now()));
  EXPECT_EQ(state(), "acknowledged");
  EXPECT_THAT(pass(300 * kSecond, {rules_.holds("down")}), IsEmpty());
  EXPECT_THAT(pass(2 * kSecond, {}), ElementsAre("resolved slack down"));
  EXPECT_EQ(std::set(keys_.begin(), keys_.end()).size(), keys_.size()) << "no key twice";
}

TEST_F(LifeCycleTest, an_acknowledgement_names_what_is_wrong) {
  EXPECT_EQ(life_->acknowledge(1, "alice", "", now()).error().code(), Code::not_found);
  rules_.add("slow").hold_for = 5 * kSecond;
  see({rules_.holds("slow"), rules_.holds("down")});
  EXPECT_EQ(life_->acknowledge(id({}, "slow"), "alice", "", now()).error().code(), Code::conflict);
  ASSERT_TRUE(life_->acknowledge(id(), "alice", "", now()));
  EXPECT_EQ(life_->acknowledge(id(), "bob", "", now()).error().code(), Code::conflict);
  EXPECT_EQ(record_->newest_audit().back().by, "alice");
}

TEST_F(LifeCycleTest, a_new_alarm_after_an_acknowledged_one_is_told) {
  see({rules_.holds("down")});
  ASSERT_TRUE(life_->acknowledge(id(), "alice", "", now()));
  see({});
  EXPECT_THAT(pass(15 * kSecond, {rules_.holds("down")}), ElementsAre("firing slack down"));
  EXPECT_EQ(state(), "firing");
}

TEST_F(LifeCycleTest, a_silenced_alarm_is_told_when_the_silence_ends) {
  ASSERT_TRUE(life_->silence("bot=\"racing\"", clock_.wall() + 30 * kSecond, "alice", "lunch", now()));
  EXPECT_THAT(pass(25 * kSecond, {rules_.holds("down", kRacing)}), IsEmpty());
  EXPECT_EQ(life_->alarms()[0].silence, 1);
  EXPECT_THAT(see({rules_.holds("down", kRacing), rules_.holds("down", kTennis)}),
              ElementsAre("firing slack down/tennis"));
  EXPECT_THAT(pass(20 * kSecond, {rules_.holds("down", kRacing)}),
              testing::UnorderedElementsAre("firing slack down/racing", "resolved slack down/tennis"));
}

TEST_F(LifeCycleTest, a_silence_can_be_ended_and_one_that_is_wrong_is_refused) {
  const auto number = life_->silence("rule=~\"do.*\"", clock_.wall() + 3600 * kSecond, "alice", "", now());
  ASSERT_TRUE(number);
  EXPECT_THAT(see({rules_.holds("down")}), IsEmpty());
  ASSERT_TRUE(life_->end_silence(*number, "alice", now()));
  EXPECT_THAT(see({rules_.holds("down")}), SizeIs(1));
  EXPECT_EQ(life_->end_silence(*number, "alice", now()).error().code(), Code::not_found);
  for (const char* wrong : {"", "{}", "bot", "bot=racing", "bot=~\"(\"", "bot=\"a\"} > 1 or x{a=\"b\""}) {
    const auto silence = life_->silence(wrong, clock_.wall() + kSecond, "alice", "", now());
    EXPECT_FALSE(silence) << wrong;
  }
  EXPECT_FALSE(life_->silence("bot=\"a\"", clock_.wall(), "alice", "", now()));
}

TEST_F(LifeCycleTest, what_ended_silenced_and_untold_is_never_told) {
  ASSERT_TRUE(life_->silence("rule=\"down\"", clock_.wall() + 5 * kSecond, "alice", "", now()));
  EXPECT_THAT(pass(3 * kSecond, {rules_.holds("down")}), IsEmpty());
  EXPECT_THAT(pass(60 * kSecond, {}), IsEmpty());
}

TEST_F(LifeCycleTest, a_source_inhibits_its_targets) {
  rules_.add("host", Severity::critical);
  std::vector<Inhibition> inhibitions;
  inhibitions.push_back(
      {*AlarmMatcher::parse("rule=\"host\""), *AlarmMatcher::parse("severity!=\"critical\""), {"bot"}});
  configure(std::move(inhibitions));
  const std::vector<Condition> both{rules_.holds("host", kRacing), rules_.holds("down", kRacing),
                                    rules_.holds("down", kTennis)};
  EXPECT_THAT(see(both),
              testing::UnorderedElementsAre("firing slack host/racing", "firing slack down/tennis"));
  EXPECT_TRUE(life_->alarms().back().inhibited || life_->alarms()[1].inhibited);
  const std::vector<Condition> after{rules_.holds("down", kRacing), rules_.holds("down", kTennis)};
  EXPECT_THAT(pass(15 * kSecond, after),
              testing::UnorderedElementsAre("resolved slack host/racing", "firing slack down/racing"));
}

TEST_F(LifeCycleTest, a_rule_that_could_not_be_asked_ends_nothing) {
  see({rules_.holds("down")});
  unanswered_ = {0};
  EXPECT_THAT(pass(60 * kSecond, {}), IsEmpty());
  EXPECT_EQ(state(), "firing");
  unanswered_.clear();
  EXPECT_THAT(pass(15 * kSecond, {}), SizeIs(1));
}

TEST_F(LifeCycleTest, an_alarm_of_a_rule_that_is_gone_ends) {
  rules_.add("other").clear_for = 3600 * kSecond;
  see({rules_.holds("other")});
  rules_.remove("other");
  EXPECT_THAT(pass(15 * kSecond, {}), ElementsAre("resolved slack other"));
}

TEST_F(LifeCycleTest, an_hour_to_and_fro_of_the_wall_clock_changes_nothing) {
  Rule& slow = rules_.add("slow");
  slow.hold_for = 60 * kSecond, slow.clear_for = 60 * kSecond;
  deliveries_[0].repeat = 1800 * kSecond;
  for (const std::int64_t jump : {3600 * kSecond, -3600 * kSecond}) {
    EXPECT_THAT(pass(30 * kSecond, {rules_.holds("slow")}), IsEmpty());
    clock_.jump_wall(jump);
    EXPECT_THAT(pass(30 * kSecond, {rules_.holds("slow")}), IsEmpty());
    EXPECT_THAT(pass(2 * kSecond, {rules_.holds("slow")}), ElementsAre("firing slack slow"));
    clock_.jump_wall(jump);
    EXPECT_THAT(pass(60 * kSecond, {rules_.holds("slow")}), IsEmpty());
    EXPECT_THAT(pass(30 * kSecond, {}), IsEmpty());
    clock_.jump_wall(-2 * jump);
    EXPECT_THAT(pass(30 * kSecond, {}), IsEmpty());
    EXPECT_THAT(pass(2 * kSecond, {}), ElementsAre("resolved slack slow"));
  }
}

TEST_F(LifeCycleTest, after_a_death_a_firing_alarm_is_neither_forgotten_nor_told_anew) {
  see({rules_.holds("down")});
  die(20 * kSecond);
  EXPECT_EQ(state(), "firing");
  EXPECT_THAT(pass(60 * kSecond, {rules_.holds("down")}), IsEmpty());
  die(20 * kSecond);
  EXPECT_THAT(pass(60 * kSecond, {}), ElementsAre("resolved slack down"));
  EXPECT_EQ(state(), "");
}

TEST_F(LifeCycleTest, after_a_start_nothing_ends_before_rates_have_a_past) {
  see({rules_.holds("down")});
  die(20 * kSecond);
  EXPECT_THAT(pass(LifeCycle::kAfterStart - kSecond, {}), IsEmpty());
  EXPECT_EQ(state(), "firing");
}

TEST_F(LifeCycleTest, a_for_goes_on_over_a_death) {
  rules_.add("slow").hold_for = 60 * kSecond;
  pass(10 * kSecond, {rules_.holds("slow")});
  die(45 * kSecond);
  EXPECT_THAT(pass(4 * kSecond, {rules_.holds("slow")}), IsEmpty());
  EXPECT_THAT(pass(3 * kSecond, {rules_.holds("slow")}), ElementsAre("firing slack slow"));
}

TEST_F(LifeCycleTest, acknowledgement_and_silence_outlive_a_death) {
  deliveries_[0].repeat = 60 * kSecond;
  see({rules_.holds("down", kRacing)});
  ASSERT_TRUE(life_->acknowledge(id(kRacing), "alice", "on it", now()));
  ASSERT_TRUE(life_->silence("bot=\"tennis\"", clock_.wall() + 3600 * kSecond, "bob", "", now()));
  told();
  die();
  EXPECT_THAT(pass(300 * kSecond, {rules_.holds("down", kRacing), rules_.holds("down", kTennis)}), IsEmpty());
  EXPECT_EQ(life_->alarms()[0].alarm->acknowledged_by + life_->alarms()[1].alarm->acknowledged_by, "alice");
  EXPECT_EQ(record_->newest_audit().size(), 2U);
}

TEST_F(LifeCycleTest, quiet_hours_keep_it_and_their_end_tells_it) {
  deliveries_[0].quiet = true;
  EXPECT_THAT(pass(30 * kSecond, {rules_.holds("down", kRacing), rules_.holds("down", kTennis)}), IsEmpty());
  EXPECT_THAT(pass(30 * kSecond, {rules_.holds("down", kTennis)}), IsEmpty());
  deliveries_[0].quiet = false;
  EXPECT_THAT(pass(20 * kSecond, {rules_.holds("down", kTennis)}),
              ElementsAre("firing slack down/tennis", "resolved slack down/racing"));
}

TEST_F(LifeCycleTest, quiet_hours_end_though_nothing_fires_any_more) {
  see({rules_.holds("down")});
  deliveries_[0].quiet = true;
  pass(15 * kSecond, {rules_.holds("down")});
  EXPECT_THAT(pass(60 * kSecond, {}), IsEmpty());
  deliveries_[0].quiet = false;
  EXPECT_THAT(pass(15 * kSecond, {}), ElementsAre("resolved slack down"));
}

TEST_F(LifeCycleTest, a_channel_is_not_told_of_its_own_failure) {
  deliveries_ = {{.channel = "slack"}, {.channel = "mail"}};
  EXPECT_THAT(see({rules_.holds("down", {{"channel", "slack"}})}), ElementsAre("firing mail down/slack"));
}

TEST_F(LifeCycleTest, a_rule_that_does_not_notify_tells_nobody) {
  rules_.add("mute").actions = {Action::halt};
  EXPECT_THAT(pass(30 * kSecond, {rules_.holds("mute")}), IsEmpty());
  EXPECT_EQ(state(), "firing");
}

TEST_F(LifeCycleTest, more_alarms_than_fit_are_counted) {
  std::vector<Condition> many;
  for (std::size_t i = 0; i < LifeCycle::kMostAlarms + 5; ++i)
    many.push_back(rules_.holds("down", {{"n", std::to_string(i)}}));
  clock_.advance(kSecond);
  life_->step(now(), {many, unanswered_}, rules_);
  EXPECT_EQ(life_->size(), LifeCycle::kMostAlarms);
  EXPECT_EQ(life_->overflowed(), 5);
  const auto messages = life_->messages(now());
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].alarms.size(), Telling::kMostInMessage);
  EXPECT_EQ(messages[0].left_out,
            static_cast<std::int64_t>(LifeCycle::kMostAlarms - Telling::kMostInMessage));
}

class TaskTest : public LifeCycleTest {
 protected:
  TaskTest() {
    Rule& rule = rules_.add("loss", Severity::critical);
    rule.actions = {Action::halt, Action::restart, Action::command, Action::notify};
    rule.command = {"/bin/page"};
  }
  std::vector<Action> tasks() {
    std::vector<Action> actions;
    for (const Task& task : take()) actions.push_back(task.action);
    return actions;
  }
  std::vector<Task> take() {
    auto tasks = life_->take_tasks(now(), rules_);
    apply(disk_, record_->take());
    return tasks;
  }
};

TEST_F(TaskTest, each_action_is_done_once_for_a_firing_and_told_with_it) {
  EXPECT_THAT(see({rules_.holds("loss")}), IsEmpty()) << "the message waits for what is done";
  const auto all = take();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].action, Action::halt);
  EXPECT_THAT(all[2].command, ElementsAre("/bin/page"));
  for (const Task& task : all) life_->finish(task, {fmt::format("did {}", name_of(task.action))}, now());
  EXPECT_THAT(told(), ElementsAre("firing slack loss"));
  EXPECT_THAT(life_->alarms()[0].alarm->done, ElementsAre("did halt", "did restart", "did command"));
  pass(60 * kSecond, {rules_.holds("loss")});
  EXPECT_THAT(tasks(), IsEmpty());
  pass(60 * kSecond, {});
  see({rules_.holds("loss")});
  EXPECT_THAT(tasks(), SizeIs(3)) << "it fires anew";
}

TEST_F(TaskTest, the_message_does_not_wait_long_for_an_action) {
  see({rules_.holds("loss")});
  take();
  EXPECT_THAT(see({rules_.holds("loss")}), ElementsAre("firing slack loss"));
}

TEST_F(TaskTest, what_was_not_complete_is_tried_again_while_it_fires) {
  see({rules_.holds("loss")});
  const auto all = take();
  life_->finish(all[0], {"closed the gate files", false}, now());
  EXPECT_THAT(tasks(), IsEmpty());
  pass(LifeCycle::kTaskRetry, {rules_.holds("loss")});
  EXPECT_THAT(tasks(), ElementsAre(Action::halt));
  life_->finish(all[0], {"closed the gate files", false}, now());
  EXPECT_THAT(life_->alarms()[0].alarm->done, SizeIs(1)) << "said once";
  pass(LifeCycle::kTaskRetry, {});
  EXPECT_THAT(tasks(), IsEmpty());
}

TEST_F(TaskTest, after_a_death_what_was_not_begun_is_done_and_of_what_was_begun_only_the_halt_is_repeated) {
  see({rules_.holds("loss")});
  die();
  EXPECT_THAT(tasks(), ElementsAre(Action::halt, Action::restart, Action::command));
  die();
  EXPECT_THAT(tasks(), ElementsAre(Action::halt));
  EXPECT_THAT(life_->alarms()[0].alarm->done, SizeIs(2));
  EXPECT_THAT(life_->alarms()[0].alarm->done[0], HasSubstr("not known"));
  for (const Task& task : std::vector<Task>{{id({}, "loss"), Action::halt, *life_->alarms()[0].alarm, {}}})
    life_->finish(task, {"halted"}, now());
  apply(disk_, record_->take());
  die();
  EXPECT_THAT(tasks(), IsEmpty());
}

TEST(Inhibitions, those_of_the_configuration_come_first_and_a_wrong_one_is_told) {
  config::Settings settings;
  settings.file = "/s.toml";
  const std::size_t usual = inhibitions_of(settings).size();
  EXPECT_GT(usual, 0U);
  settings.alert_life.inhibits = {{"rule=\"a\"", "rule=\"b\"", {"bot"}, 3}, {"rule=a", "rule=\"b\"", {}, 9}};
  config::Problems problems;
  const auto all = inhibitions_of(settings, &problems);
  ASSERT_EQ(all.size(), usual + 1);
  EXPECT_EQ(all[0].source.text(), "rule=\"a\"");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].line, 9);
}

TEST(AlarmJson, reads_back_what_it_writes) {
  Alarm alarm{.fingerprint = 0xfedcba9876543210U, .rule = "a \"b\"", .labels = {{"x", "1"}, {"y", "é\n"}}};
  alarm.severity = Severity::critical, alarm.state = AlarmState::acknowledged, alarm.summary = "s";
  alarm.runbook = "r", alarm.value = 0.1, alarm.pending_since = 1, alarm.firing_since = 2;
  alarm.acknowledged_by = "alice", alarm.acknowledgement = "c", alarm.done = {"one", "two"};
  const auto back = alarm_from_json(to_json(alarm));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(alarm));
  Notification message{.key = "k", .channel = "c", .kind = Notification::Kind::digest, .group = "g"};
  message.alarms = {alarm}, message.left_out = 3, message.created = 9, message.host = "h";
  EXPECT_EQ(to_json(*notification_from_json(to_json(message))), to_json(message));
  EXPECT_FALSE(alarm_from_json("[1]"));
  EXPECT_FALSE(alarm_from_json("{"));
}

}  // namespace
}  // namespace steward::alerts
