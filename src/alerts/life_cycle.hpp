#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.hpp"
#include "alerts/delivery.hpp"
#include "alerts/inhibition.hpp"
#include "alerts/moment.hpp"
#include "alerts/notification.hpp"
#include "alerts/record.hpp"
#include "alerts/rule.hpp"
#include "alerts/silences.hpp"
#include "alerts/telling.hpp"

namespace steward::alerts {

/// What the life cycle asks of the rules in force.
class RuleBook {
 public:
  virtual ~RuleBook() = default;
  /// By its place, as conditions name it.
  virtual const Rule& rule(std::uint32_t place) const = 0;
  /// Null when there is none (any more).
  virtual const Rule* find(std::string_view name) const = 0;
  virtual std::string summary(const Condition& condition) const = 0;
};

/// What was seen in one moment. Borrowed for one call.
struct Observation {
  const std::vector<Condition>& conditions;
  /// Rules that could not be asked: nothing is known of theirs, so nothing of theirs ends.
  const std::set<std::uint32_t>& unanswered;
};

/// Something that Steward is to do because an alarm fires.
struct Task {
  std::uint64_t fingerprint = 0;
  Action action = Action::halt;
  Alarm alarm;                       ///< as it fired
  std::vector<std::string> command;  ///< of Action::command
  std::vector<std::string> bots;     ///< of a halt, when the alarm names none itself; empty: all
};

/// What became of it.
struct TaskResult {
  std::string sentence;  ///< what was done, or why not
  bool complete = true;  ///< false: it is to be tried again while the alarm fires
};

/// An alarm and why it is not told, for those who look.
struct AlarmView {
  const Alarm* alarm = nullptr;
  std::int64_t silence = 0;  ///< the number of a silence that holds for it, 0: none
  bool inhibited = false;
};

/// Alarms from their first condition to their end: pending → firing → acknowledged → resolved. A state
/// machine without I/O. Identity is the rule and the labels. What lasts is measured by the monotonic clock,
/// across a death of the agent by the wall clock. All that must not be forgotten goes to the record, which
/// the driver commits together with the messages it caused. Control thread.
class LifeCycle {
 public:
  static constexpr std::size_t kMostAlarms = 10'000;
  /// After a start nothing ends sooner: rates and averages have no past yet.
  static constexpr std::int64_t kAfterStart = 15 * kSecond;
  /// How long a first message waits for what Steward does about the alarm, so that it can say so.
  static constexpr std::int64_t kDoingPatience = 500 * kMillisecond;
  static constexpr std::int64_t kTaskRetry = 5 * kSecond;

  explicit LifeCycle(Record& record) : record_(record) {}

  void configure(Routing routing, std::vector<Inhibition> inhibitions, Speaker speaker);
  /// The rules have lost their past: what fires does not end before they have one again.
  void rules_begin_anew(Moment now);
  void restore(const store::AlarmRows& rows, Moment now);

  /// Takes what is seen; messages() says what is to be told then.
  void step(Moment now, const Observation& seen, const RuleBook& rules);
  std::vector<Notification> messages(Moment now);

  /// What is to be done now; each is under way, and on record as such, until finish().
  std::vector<Task> take_tasks(Moment now, const RuleBook& rules);
  void finish(const Task& task, const TaskResult& result, Moment now);

  /// Code::not_found: no such alarm; conflict: it does not fire, or somebody else has it already.
  Status acknowledge(std::uint64_t fingerprint, const std::string& by, const std::string& comment,
                     Moment now);
  Result<std::int64_t> silence(std::string_view matchers, WallNs ends, const std::string& by,
                               const std::string& comment, Moment now);
  Status end_silence(std::int64_t number, const std::string& by, Moment now);

  /// The worst first, then the newest.
  std::vector<AlarmView> alarms() const;
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [fingerprint, entry] : alarms_) visit(entry.alarm);
  }
  const Silences& silences() const { return silences_; }
  /// Conditions that found no place, since the start.
  std::int64_t overflowed() const { return overflowed_; }
  std::size_t size() const { return alarms_.size(); }

 private:
  struct Doing {
    Action action = Action::halt;
    bool under_way = false;
    MonoNs again_at = 0;
  };
  struct Entry {
    Alarm alarm;
    MonoNs since = 0;         ///< it is pending, or fires
    MonoNs absent_since = 0;  ///< 0: its condition holds
    WallNs clearing_since = 0;
    std::uint64_t seen = 0;  ///< the turn
    std::uint32_t rule = 0;  ///< its place in that turn
    bool inhibited = false;
    std::int64_t silence = 0;
    bool notify = false;       ///< its rule says so; false until it is seen
    bool restored = false;     ///< not seen since the start
    std::vector<Doing> doing;  ///< what is still to be done
  };
  using Entries = std::map<std::uint64_t, Entry>;

  Entry* meet(const Condition& condition, const Rule& rule, Moment now);
  void update(Entry& entry, const Condition& condition, const RuleBook& rules, Moment now);
  void fire(Entry& entry, const Rule& rule, Moment now);
  /// True when it is over and to be forgotten.
  bool absent(Entry& entry, const RuleBook& rules, Moment now);
  void resolve(Entry& entry, Moment now);
  void plan(Moment now);
  void put(const Entry& entry);
  void restore(std::uint64_t fingerprint, const store::AlarmRow& row, Moment now);
  void done(Entry* entry, const Task& task, const std::string& sentence, Moment now);
  static bool fires(const Entry& entry);

  Record& record_;
  Inhibitions inhibitions_;
  Silences silences_;
  Telling telling_;
  Entries alarms_;
  std::set<std::uint64_t> busy_;  ///< alarms about which something is still to be done
  std::uint64_t turn_ = 0;
  MonoNs started_ = 0, plan_at_ = 0;
  bool changed_ = true;  ///< what is told, and to whom, is to be looked at anew
  std::int64_t overflowed_ = 0;
};

/// Of rule name and labels.
std::uint64_t fingerprint_of(std::string_view rule, const LabelSet& labels);

}  // namespace steward::alerts
