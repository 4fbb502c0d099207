#include "alerts/trial.hpp"

#include <map>
#include <set>

#include "alerts/life_cycle.hpp"
#include "alerts/record.hpp"

namespace steward::alerts {

namespace {

using Alarms = std::map<std::uint64_t, Alarm>;

Alarms alarms_of(const LifeCycle& life) {
  Alarms out;
  for (const AlarmView& view : life.alarms()) out.emplace(view.alarm->fingerprint, *view.alarm);
  return out;
}

void compare(const Alarms& before, const Alarms& after, WallNs at,
             const std::function<void(const TrialEvent&)>& tell) {
  for (const auto& [fingerprint, alarm] : before) {
    if (after.contains(fingerprint)) continue;
    TrialEvent event{at, alarm};
    event.alarm.state = AlarmState::resolved;
    event.alarm.resolved_at = at;
    tell(event);
  }
  for (const auto& [fingerprint, alarm] : after) {
    const auto old = before.find(fingerprint);
    if (old == before.end() || old->second.state != alarm.state) tell({at, alarm});
  }
}

}  // namespace

void run_trial(Recording& recording, RuleSet& rules, const std::function<void(const TrialEvent&)>& tell) {
  Record record;
  LifeCycle life(record);
  life.configure([](const Alarm&, WallNs) { return std::vector<Delivery>(); }, {}, {});
  Alarms before;
  MonoNs mono = kSecond;
  for (WallNs at = recording.begin(); at <= recording.end(); at += kSecond, mono += kSecond) {
    recording.play_to(at);
    const auto conditions = rules.evaluate(recording, mono, at);
    std::set<std::uint32_t> unanswered;
    for (const RuleFault& fault : rules.faults()) unanswered.insert(fault.rule);
    life.step({mono, at}, {conditions, unanswered}, rules);
    static_cast<void>(record.take());
    Alarms after = alarms_of(life);
    compare(before, after, at, tell);
    before = std::move(after);
  }
}

}  // namespace steward::alerts
