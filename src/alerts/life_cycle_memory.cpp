// What the life cycle writes down and takes up again, and what is done once for each firing.
#include <algorithm>
#include <optional>

#include "alerts/alarm_json.hpp"
#include "alerts/life_cycle.hpp"
#include "base/log.hpp"
#include "base/words.hpp"

namespace steward::alerts {

namespace {

constexpr std::size_t kMostSentences = 10;

std::optional<Action> action_named(std::string_view name) {
  for (const Action action : {Action::halt, Action::restart, Action::command}) {
    if (name_of(action) == name) return action;
  }
  return std::nullopt;
}

std::vector<Action> actions_of(const std::string& words) {
  std::vector<Action> actions;
  for (const std::string& word : split_words(words).value_or(std::vector<std::string>{})) {
    if (const auto action = action_named(word)) actions.push_back(*action);
  }
  return actions;
}

}  // namespace

void LifeCycle::put(const Entry& entry) {
  const Alarm& alarm = entry.alarm;
  store::AlarmRow row{.rule = alarm.rule, .state = std::string(name_of(alarm.state))};
  row.severity = name_of(alarm.severity);
  row.pending_since = alarm.pending_since, row.firing_since = alarm.firing_since;
  row.clearing_since = entry.clearing_since;
  for (const Doing& doing : entry.doing) {
    std::string& words = doing.under_way ? row.doing : row.todo;
    words += (words.empty() ? "" : " ") + std::string(name_of(doing.action));
  }
  row.body = to_json(alarm);
  record_.changes().alarms.put(static_cast<std::int64_t>(alarm.fingerprint), std::move(row));
}

void LifeCycle::restore(const store::AlarmRows& rows, Moment now) {
  started_ = now.mono;
  silences_.restore(rows);
  for (const auto& [id, row] : rows.alarms.rows()) {
    if (row) restore(static_cast<std::uint64_t>(id), *row, now);
  }
  telling_.restore(rows, now);
}

void LifeCycle::restore(std::uint64_t fingerprint, const store::AlarmRow& row, Moment now) {
  auto alarm = alarm_from_json(row.body);
  if (!alarm) {
    log::error("alarm {} of {} is forgotten: {}", id_text(fingerprint), row.rule, alarm.error().text());
    return;
  }
  Entry& entry = alarms_[fingerprint];
  entry.alarm = std::move(*alarm);
  entry.alarm.fingerprint = fingerprint;
  entry.restored = true;
  const auto ago = [&](WallNs then) { return now.mono - std::max<std::int64_t>(now.wall - then, 0); };
  entry.since = ago(fires(entry) ? entry.alarm.firing_since : entry.alarm.pending_since);
  entry.clearing_since = row.clearing_since;
  if (row.clearing_since != 0) entry.absent_since = ago(row.clearing_since);
  for (const Action action : actions_of(row.todo)) entry.doing.push_back({action});
  for (const Action action : actions_of(row.doing)) {
    // To close a gate twice does no harm; the others are not done twice.
    if (action == Action::halt) {
      entry.doing.push_back({action});
    } else {
      done(&entry, {fingerprint, action, entry.alarm, {}},
           fmt::format("{}: whether it was done is not known, the agent died meanwhile", name_of(action)),
           now);
    }
  }
  if (!entry.doing.empty()) busy_.insert(fingerprint);
  if (!row.doing.empty()) put(entry);
}

std::vector<Task> LifeCycle::take_tasks(Moment now, const RuleBook& rules) {
  std::vector<Task> tasks;
  for (const std::uint64_t fingerprint : busy_) {
    Entry& entry = alarms_.at(fingerprint);
    bool taken = false;
    for (Doing& doing : entry.doing) {
      if (doing.under_way || now.mono < doing.again_at) continue;
      doing.under_way = taken = true;
      const Rule* rule = rules.find(entry.alarm.rule);
      tasks.push_back({fingerprint, doing.action, entry.alarm, {}});
      if (rule != nullptr && doing.action == Action::command) tasks.back().command = rule->command;
    }
    if (taken) put(entry);
  }
  std::ranges::sort(tasks, {}, [](const Task& task) { return std::pair(task.action, task.fingerprint); });
  return tasks;
}

void LifeCycle::finish(const Task& task, const TaskResult& result, Moment now) {
  const auto found = alarms_.find(task.fingerprint);
  const bool same = found != alarms_.end() && found->second.alarm.firing_since == task.alarm.firing_since;
  Entry* entry = same ? &found->second : nullptr;
  done(entry, task, result.sentence, now);
  if (entry == nullptr) return;
  const auto doing = std::ranges::find(entry->doing, task.action, &Doing::action);
  if (doing != entry->doing.end() && result.complete) {
    entry->doing.erase(doing);
  } else if (doing != entry->doing.end()) {
    doing->under_way = false, doing->again_at = now.mono + kTaskRetry;
  }
  if (entry->doing.empty()) busy_.erase(task.fingerprint);
  put(*entry);
}

/// Each sentence is said once, however often it is tried.
void LifeCycle::done(Entry* entry, const Task& task, const std::string& sentence, Moment now) {
  if (entry != nullptr) {
    auto& said = entry->alarm.done;
    if (std::ranges::find(said, sentence) != said.end()) return;
    if (said.size() < kMostSentences) said.push_back(sentence);
  }
  record_.history(now.wall, "done", task.alarm, sentence);
  record_.audit(now.wall, "rule " + task.alarm.rule, name_of(task.action), sentence);
}

}  // namespace steward::alerts
