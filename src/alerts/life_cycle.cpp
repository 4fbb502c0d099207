#include "alerts/life_cycle.hpp"

#include <algorithm>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_order.hpp"
#include "base/fnv.hpp"
#include "base/table.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

/// How often hours and routes are looked at while nothing happens.
constexpr std::int64_t kPlanEvery = 10 * kSecond;

}  // namespace

std::uint64_t fingerprint_of(std::string_view rule, const LabelSet& labels) {
  std::string key;
  append_key(key, rule);
  for (const auto& [name, value] : labels) append_key(key, name), append_key(key, value);
  return fnv1a64(key);
}

bool LifeCycle::fires(const Entry& entry) {
  return entry.alarm.state == AlarmState::firing || entry.alarm.state == AlarmState::acknowledged;
}

void LifeCycle::configure(Routing routing, std::vector<Inhibition> inhibitions, Speaker speaker) {
  telling_.configure(std::move(routing), std::move(speaker));
  inhibitions_ = Inhibitions(std::move(inhibitions));
  changed_ = true;
}

void LifeCycle::rules_begin_anew(Moment now) {
  started_ = now.mono;
  for (auto& [fingerprint, entry] : alarms_) entry.restored = true;
}

void LifeCycle::step(Moment now, const Observation& seen, const RuleBook& rules) {
  if (started_ == 0) started_ = now.mono;
  ++turn_;
  if (silences_.expire(now.wall, record_)) changed_ = true;
  for (const Condition& condition : seen.conditions) {
    Entry* entry = meet(condition, rules.rule(condition.rule), now);
    entry == nullptr ? static_cast<void>(++overflowed_) : update(*entry, condition, rules, now);
  }
  std::set<std::string_view> unanswered;
  for (const std::uint32_t place : seen.unanswered) unanswered.insert(rules.rule(place).name);
  for (auto at = alarms_.begin(); at != alarms_.end();) {
    Entry& entry = at->second;
    const bool there = entry.seen == turn_ || unanswered.contains(entry.alarm.rule);
    if (there || !absent(entry, rules, now)) {
      ++at;
    } else {
      record_.changes().alarms.erase(static_cast<std::int64_t>(at->first));
      busy_.erase(at->first);
      at = alarms_.erase(at);
    }
  }
}

LifeCycle::Entry* LifeCycle::meet(const Condition& condition, const Rule& rule, Moment now) {
  const std::uint64_t fingerprint = fingerprint_of(rule.name, condition.labels);
  const auto known = alarms_.find(fingerprint);
  if (known != alarms_.end()) return &known->second;
  if (alarms_.size() >= kMostAlarms) return nullptr;
  Entry& entry = alarms_[fingerprint];
  entry.alarm.fingerprint = fingerprint;
  entry.alarm.rule = rule.name, entry.alarm.labels = condition.labels;
  entry.alarm.pending_since = now.wall;
  entry.since = now.mono;
  return &entry;
}

void LifeCycle::update(Entry& entry, const Condition& condition, const RuleBook& rules, Moment now) {
  const Rule& rule = rules.rule(condition.rule);
  Alarm& alarm = entry.alarm;
  const bool fresh = entry.seen == 0;
  entry.seen = turn_;
  entry.restored = false;
  if (entry.notify != rule.does(Action::notify)) entry.notify = !entry.notify, changed_ = true;
  if (alarm.value != condition.value || alarm.summary.empty() || fresh) {
    alarm.value = condition.value;
    alarm.summary = rules.summary(condition);
  }
  bool changed = alarm.severity != rule.severity || alarm.runbook != rule.runbook;
  alarm.severity = rule.severity, alarm.runbook = rule.runbook;
  if (entry.absent_since != 0) {
    entry.absent_since = 0, entry.clearing_since = 0;
    changed = true;
  }
  if (alarm.state == AlarmState::pending && now.mono - entry.since >= rule.hold_for) {
    fire(entry, rule, now);
  } else if (changed || (fresh && alarm.state == AlarmState::pending)) {
    put(entry);
  }
}

void LifeCycle::fire(Entry& entry, const Rule& rule, Moment now) {
  entry.alarm.state = AlarmState::firing;
  entry.alarm.firing_since = now.wall;
  entry.since = now.mono;
  for (const Action action : rule.actions) {
    if (action != Action::notify) entry.doing.push_back({action});
  }
  if (!entry.doing.empty()) busy_.insert(entry.alarm.fingerprint);
  record_.history(now.wall, "fired", entry.alarm, entry.alarm.summary);
  changed_ = true;
  put(entry);
}

bool LifeCycle::absent(Entry& entry, const RuleBook& rules, Moment now) {
  if (!fires(entry)) return true;
  if (entry.absent_since == 0) {
    entry.absent_since = now.mono, entry.clearing_since = now.wall;
    put(entry);
  }
  const Rule* rule = rules.find(entry.alarm.rule);
  MonoNs due = entry.absent_since + (rule == nullptr ? 0 : rule->clear_for);
  if (entry.restored) due = std::max(due, started_ + kAfterStart);
  if (now.mono < due) return false;
  resolve(entry, now);
  return true;
}

void LifeCycle::resolve(Entry& entry, Moment now) {
  Alarm& alarm = entry.alarm;
  alarm.state = AlarmState::resolved;
  alarm.resolved_at = std::max(now.wall, alarm.firing_since);
  record_.history(now.wall, "resolved", alarm,
                  fmt::format("over after {}: {}", format_duration(now.mono - entry.since), alarm.summary));
  telling_.end(alarm, record_);
  changed_ = true;
}

void LifeCycle::plan(Moment now) {
  if (!changed_ && now.mono < plan_at_) return;
  changed_ = false;
  plan_at_ = now.mono + kPlanEvery;
  inhibitions_.clear();
  for (const auto& [fingerprint, entry] : alarms_) {
    if (fires(entry)) inhibitions_.add_firing(entry.alarm);
  }
  for (auto& [fingerprint, entry] : alarms_) {
    if (!fires(entry)) continue;
    entry.silence = silences_.silencing(entry.alarm);
    entry.inhibited = inhibitions_.inhibited(entry.alarm);
    const bool muted = entry.silence != 0 || entry.inhibited || entry.alarm.state == AlarmState::acknowledged;
    if (entry.notify) telling_.route(entry.alarm, muted, now.wall, record_);
  }
  telling_.look_at_hours(now.wall);
}

std::vector<Notification> LifeCycle::messages(Moment now) {
  plan(now);
  return telling_.messages(
      [&](std::uint64_t fingerprint) -> Telling::Firing {
        const auto found = alarms_.find(fingerprint);
        if (found == alarms_.end() || !fires(found->second)) return {};
        const Entry& entry = found->second;
        return {&entry.alarm, !entry.doing.empty() && now.mono - entry.since < kDoingPatience};
      },
      now, record_);
}

Status LifeCycle::acknowledge(std::uint64_t fingerprint, const std::string& by, const std::string& comment,
                              Moment now) {
  const auto found = alarms_.find(fingerprint);
  if (found == alarms_.end())
    return fail(Code::not_found, "there is no alarm {}; `steward alerts` lists them", id_text(fingerprint));
  Alarm& alarm = found->second.alarm;
  if (alarm.state == AlarmState::acknowledged)
    return fail(Code::conflict, "{} has acknowledged it already", alarm.acknowledged_by);
  if (alarm.state != AlarmState::firing) return fail(Code::conflict, "it does not fire yet");
  alarm.state = AlarmState::acknowledged;
  alarm.acknowledged_by = by, alarm.acknowledgement = comment;
  const std::string text = comment.empty() ? by : by + ": " + comment;
  record_.history(now.wall, "acknowledged", alarm, text);
  record_.audit(now.wall, by, "acknowledge",
                fmt::format("{} {}: {}", alarm.rule, id_text(fingerprint), comment));
  changed_ = true;
  put(found->second);
  return {};
}

Result<std::int64_t> LifeCycle::silence(std::string_view matchers, WallNs ends, const std::string& by,
                                        const std::string& comment, Moment now) {
  changed_ = true;
  return silences_.add(matchers, ends, by, comment, now.wall, record_);
}

Status LifeCycle::end_silence(std::int64_t number, const std::string& by, Moment now) {
  changed_ = true;
  return silences_.remove(number, by, now.wall, record_);
}

std::vector<AlarmView> LifeCycle::alarms() const {
  std::vector<AlarmView> all;
  all.reserve(alarms_.size());
  for (const auto& [fingerprint, entry] : alarms_)
    all.push_back({&entry.alarm, entry.silence, entry.inhibited});
  std::ranges::sort(all, [](const AlarmView& a, const AlarmView& b) {
    const bool pending = a.alarm->state == AlarmState::pending;
    if (pending != (b.alarm->state == AlarmState::pending)) return !pending;
    return worse(*a.alarm, *b.alarm);
  });
  return all;
}

}  // namespace steward::alerts
