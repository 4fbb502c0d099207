// Thousands of seeded histories of alarms: conditions that come and go, a channel that fails, a disk that is
// slow, and kill -9 at any step, which loses all that was not committed.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "alerts/outbox.hpp"
#include "alerts/test_alarms.hpp"
#include "base/random.hpp"

namespace steward::alerts {
namespace {

constexpr std::int64_t kRepeat = 1800 * kSecond;
constexpr int kSeries = 4;
/// After so long without a change, a death or trouble of the channel, the receiver knows the truth: `for`,
/// `clear_for`, the start's grace and the interval of a group.
constexpr std::int64_t kSettled = 150 * kSecond;

/// Who gets the messages: drops what it has seen by its key, and believes the rest.
class Receiver {
 public:
  void take(const Notification& message) {
    const int times = ++times_[message.key];
    most_times_ = std::max(most_times_, times);
    if (times > 1) return;
    for (const Alarm& alarm : message.alarms) {
      if (message.kind == Notification::Kind::resolved) {
        fires_.erase(alarm.fingerprint);
        continue;
      }
      Belief& belief = fires_.try_emplace(alarm.fingerprint, Belief{message.created, 0}).first->second;
      ++belief.told;
      EXPECT_LE(belief.told, 1 + (message.created - belief.since) / kRepeat) << "told too often";
    }
  }
  std::set<std::uint64_t> fires() const {
    std::set<std::uint64_t> all;
    for (const auto& [fingerprint, belief] : fires_) all.insert(fingerprint);
    return all;
  }
  int most_times() const { return most_times_; }

 private:
  struct Belief {
    WallNs since = 0;
    std::int64_t told = 0;
  };
  std::map<std::string, int> times_;
  std::map<std::uint64_t, Belief> fires_;
  int most_times_ = 0;
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), jitter_(seed + 1) {
    rules_.add("quick");
    Rule& slow = rules_.add("slow");
    slow.hold_for = 20 * kSecond, slow.clear_for = 40 * kSecond;
    begin();
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step(true);
    for (MonoNs until = clock_.mono() + kSettled; clock_.mono() < until;) step(false);
    std::set<std::uint64_t> truth;
    for (const auto& condition : conditions())
      truth.insert(fingerprint_of(rules_.rule(condition.rule).name, condition.labels));
    EXPECT_EQ(receiver_.fires(), truth) << "a firing or its end was lost";
    EXPECT_LE(receiver_.most_times(), 1 + deaths_ + lost_answers_) << "sent again without need";
  }
  int deaths() const { return deaths_; }

 private:
  bool chance(int of_hundred) { return random_.below(100) < static_cast<std::uint64_t>(of_hundred); }
  Moment now() const { return Moment::of(clock_); }

  void begin() {
    record_ = std::make_unique<Record>();
    record_->restore(disk_);
    life_ = std::make_unique<LifeCycle>(*record_);
    life_->configure(
        [](const Alarm&, WallNs) { return std::vector<Delivery>{{.channel = "slack", .repeat = kRepeat}}; },
        {}, {"host", "UTC", ""});
    life_->restore(disk_, now());
    outbox_ = std::make_unique<Outbox>(jitter_);
    outbox_->restore(disk_);
    outbox_->configure({{"slack", {.messages = 1000, .in = kSecond, .waiting = 10'000}}}, now(), *record_);
    submitted_.clear();
    under_way_.reset();
  }

  std::vector<Condition> conditions() const {
    std::vector<Condition> all;
    for (int i = 0; i < kSeries; ++i) {
      if (holds_[i]) all.push_back(rules_.holds(i % 2 == 0 ? "quick" : "slow", {{"n", std::to_string(i)}}));
    }
    return all;
  }

  /// One turn of the agent, any part of which may be its last.
  void step(bool trouble) {
    clock_.advance(static_cast<std::int64_t>(1 + (trouble ? random_.below(5) : 0)) * kSecond);
    if (trouble && chance(1)) clock_.advance(static_cast<std::int64_t>(random_.below(40)) * 60 * kSecond);
    for (bool& holds : holds_) {
      if (trouble && chance(6)) holds = !holds;
    }
    const std::set<std::uint32_t> unanswered;
    life_->step(now(), {conditions(), unanswered}, rules_);
    if (dies(trouble)) return;
    for (Notification& message : life_->messages(now())) outbox_->add(std::move(message), now(), *record_);
    submit();
    if (dies(trouble)) return;
    commit(trouble);
    if (dies(trouble)) return;
    deliver(trouble);
    submit();
    dies(trouble);
  }

  void submit() {
    submitted_.push_back(record_->take());
    outbox_->submitted(++number_);
  }
  /// The disk takes some of what waits, in order.
  void commit(bool trouble) {
    while (!submitted_.empty() && (!trouble || chance(70))) {
      apply(disk_, submitted_.front());
      submitted_.erase(submitted_.begin());
      outbox_->release(number_ - submitted_.size());
    }
  }
  void deliver(bool trouble) {
    if (under_way_) {
      answer(trouble);
    }
    for (const Notification* message : outbox_->take_due(now())) under_way_ = *message;
    if (under_way_ && chance(50)) answer(trouble);
  }
  void answer(bool trouble) {
    const bool arrives = !trouble || chance(80);
    const bool heard = arrives && (!trouble || chance(80));
    if (arrives) receiver_.take(*under_way_);
    if (arrives && !heard) ++lost_answers_;
    under_way_.reset();
    outbox_->settle("slack", heard ? Outcome::delivered() : Outcome::retry("no answer"), now(), *record_);
  }

  bool dies(bool trouble) {
    if (!trouble || !chance(2)) return false;
    if (under_way_ && chance(50)) receiver_.take(*under_way_);
    ++deaths_;
    clock_.advance(static_cast<std::int64_t>(random_.below(30)) * kSecond);
    begin();
    return true;
  }

  SeededRandom random_, jitter_;
  ManualClock clock_;
  TestRules rules_;
  bool holds_[kSeries] = {};
  store::AlarmRows disk_;
  std::vector<store::AlarmChanges> submitted_;
  std::uint64_t number_ = 0;
  std::unique_ptr<Record> record_;
  std::unique_ptr<LifeCycle> life_;
  std::unique_ptr<Outbox> outbox_;
  std::optional<Notification> under_way_;
  Receiver receiver_;
  int deaths_ = 0, lost_answers_ = 0;
};

TEST(AlarmHistory, nothing_is_lost_and_nothing_told_too_often_whenever_the_agent_dies) {
  int deaths = 0;
  for (std::uint64_t seed = 0; seed < 2000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    History history(seed);
    history.run(60);
    deaths += history.deaths();
  }
  EXPECT_GT(deaths, 1000);
}

}  // namespace
}  // namespace steward::alerts
