#include "alerts/telling.hpp"

#include <algorithm>
#include <iterator>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_matcher.hpp"
#include "alerts/alarm_order.hpp"
#include "base/fnv.hpp"
#include "base/table.hpp"

namespace steward::alerts {

namespace {

template <class... Parts>
std::int64_t id_of(const Parts&... parts) {
  return static_cast<std::int64_t>(fnv1a64(key_from(parts...)));
}

std::string group_name(const Alarm& alarm, const std::vector<std::string>& labels) {
  if (labels.empty() || labels == std::vector<std::string>{"rule"}) return alarm.rule;
  std::string name;
  for (const std::string& label : labels)
    name += fmt::format("{}{}={}", name.empty() ? "" : ",", label, label_of(alarm, label));
  return name;
}

}  // namespace

void Telling::configure(Routing routing, Speaker speaker) {
  routing_ = std::move(routing);
  speaker_ = std::move(speaker);
}

void Telling::restore(const store::AlarmRows& rows, Moment now) {
  for (const auto& [id, row] : rows.groups.rows()) {
    if (!row) continue;
    Group& group = groups_[id];
    group.channel = row->channel, group.name = row->name, group.told_at = row->told_at;
    group.told_mono = now.mono - std::max<std::int64_t>(now.wall - row->told_at, 0);
  }
  for (const auto& [id, row] : rows.members.rows()) {
    const auto group = row ? groups_.find(row->group_id) : groups_.end();
    if (group == groups_.end()) continue;
    const auto fingerprint = static_cast<std::uint64_t>(row->fingerprint);
    group->second.members[fingerprint] = {.told = row->told, .ended = row->ended};
    groups_of_[fingerprint].insert(row->group_id);
  }
}

/// Not to a channel that the alarm itself is about: it cannot say of itself that it fails.
std::vector<Delivery> Telling::deliveries(const Alarm& alarm, WallNs now) const {
  std::vector<Delivery> all = routing_ ? routing_(alarm, now) : std::vector<Delivery>{};
  const std::string_view about = label_of(alarm, "channel");
  std::erase_if(all, [&](const Delivery& one) { return one.channel == about; });
  return all;
}

/// What fires is routed anew each time; what has ended is asked for here.
void Telling::look_at_hours(WallNs now) {
  for (auto& [id, group] : groups_) {
    for (auto& [fingerprint, member] : group.members) {
      if (!member.quiet || member.ended.empty()) continue;
      const auto alarm = alarm_from_json(member.ended);
      const auto all = alarm ? deliveries(*alarm, now) : std::vector<Delivery>{};
      member.quiet = std::ranges::any_of(
          all, [&](const Delivery& one) { return one.channel == group.channel && one.quiet; });
      group.look = group.look || !member.quiet;
    }
  }
}

Telling::Group& Telling::group_of(const Delivery& delivery, const Alarm& alarm, std::int64_t& id,
                                  Record& record) {
  const std::string name = group_name(alarm, delivery.group_by);
  id = id_of(delivery.channel, name);
  const auto [at, fresh] = groups_.try_emplace(id);
  Group& group = at->second;
  if (fresh) {
    group.channel = delivery.channel, group.name = name;
    record.changes().groups.put(id, {group.channel, group.name, 0});
  }
  group.repeat = delivery.repeat, group.interval = delivery.interval;
  return group;
}

void Telling::route(const Alarm& alarm, bool muted, WallNs now, Record& record) {
  const auto all = deliveries(alarm, now);
  for (auto delivery = all.begin(); delivery != all.end(); ++delivery) {
    const bool twice = std::find_if(all.begin(), delivery, [&](const Delivery& earlier) {
                         return earlier.channel == delivery->channel;
                       }) != delivery;
    const auto known = groups_of_.find(alarm.fingerprint);
    if (twice || (muted && known == groups_of_.end())) continue;
    std::int64_t id = 0;
    Group& group = group_of(*delivery, alarm, id, record);
    if (muted && !group.members.contains(alarm.fingerprint)) continue;
    const auto [at, fresh] = group.members.try_emplace(alarm.fingerprint);
    Member& member = at->second;
    bool changed = fresh;
    if (!member.ended.empty()) {
      // It is back before its end was told: nothing has happened, but for one whose people thought it was
      // theirs.
      const auto before = alarm_from_json(member.ended);
      if (before && !before->acknowledged_by.empty()) member.told = false;
      member.ended.clear();
      changed = true;
    }
    group.look = group.look || changed || member.muted != muted || member.quiet != delivery->quiet;
    member.muted = muted, member.quiet = delivery->quiet;
    groups_of_[alarm.fingerprint].insert(id);
    if (changed) put(id, alarm.fingerprint, member, record);
  }
}

void Telling::end(const Alarm& alarm, Record& record) {
  const auto known = groups_of_.find(alarm.fingerprint);
  if (known == groups_of_.end()) return;
  const std::string ended = to_json(alarm);
  for (const std::int64_t id : std::set(known->second)) {
    Group& group = groups_.at(id);
    Member& member = group.members.at(alarm.fingerprint);
    if (member.told || !member.muted) {
      member.ended = ended;
      put(id, alarm.fingerprint, member, record);
    } else {
      erase(id, group, alarm.fingerprint, record);
    }
    group.look = true;
    const auto has_ended = [](const auto& item) { return !item.second.ended.empty(); };
    if (group.members.size() <= kMostEnded ||
        std::ranges::count_if(group.members, has_ended) <= static_cast<std::ptrdiff_t>(kMostEnded))
      continue;
    erase(id, group, std::ranges::find_if(group.members, has_ended)->first, record);
  }
}

std::vector<Notification> Telling::messages(const Find& find, Moment now, Record& record) {
  std::vector<Notification> out;
  for (auto at = groups_.begin(); at != groups_.end();) {
    auto& [id, group] = *at;
    const bool spaced = group.told_at == 0 || now.mono >= group.told_mono + group.interval;
    const bool repeats = group.repeat > 0 && group.told_at != 0 && now.mono >= group.told_mono + group.repeat;
    if (spaced && (group.look || repeats)) tell_of(id, group, find, now, record, out);
    if (!group.members.empty() || !spaced) {
      ++at;
      continue;
    }
    record.changes().groups.erase(id);
    at = groups_.erase(at);
  }
  return out;
}

void Telling::tell_of(std::int64_t id, Group& group, const Find& find, Moment now, Record& record,
                      std::vector<Notification>& out) {
  const bool repeats = group.repeat > 0 && group.told_at != 0 && now.mono >= group.told_mono + group.repeat;
  std::vector<Alarm> fire, end;
  std::vector<std::uint64_t> over;
  group.look = false;
  for (auto& [fingerprint, member] : group.members) {
    if (member.quiet) continue;
    if (!member.ended.empty()) {
      if (auto alarm = alarm_from_json(member.ended)) end.push_back(std::move(*alarm));
      over.push_back(fingerprint);
      continue;
    }
    const Firing firing = find(fingerprint);
    if (firing.alarm == nullptr) {
      over.push_back(fingerprint);  // it is gone without an end: of another version, or damaged
    } else if (firing.hold && !member.told) {
      group.look = true;
    } else if (!member.muted && (!member.told || repeats)) {
      fire.push_back(*firing.alarm);
      if (member.told) continue;
      member.told = true;
      put(id, fingerprint, member, record);
    }
  }
  for (const std::uint64_t fingerprint : over) erase(id, group, fingerprint, record);
  if (!fire.empty()) out.push_back(message(group, Notification::Kind::firing, std::move(fire), now));
  if (!end.empty()) out.push_back(message(group, Notification::Kind::resolved, std::move(end), now));
  if (out.empty() || (out.back().channel != group.channel || out.back().group != group.name)) return;
  group.told_at = now.wall, group.told_mono = now.mono;
  record.changes().groups.put(id, {group.channel, group.name, group.told_at});
}

/// The key is made of what is told, so that the same message made twice (before a crash and after it) is the
/// same to a receiver.
Notification Telling::message(const Group& group, Notification::Kind kind, std::vector<Alarm> alarms,
                              Moment now) const {
  std::ranges::sort(alarms, worse);
  std::string told = key_from(group.channel, group.name, name_of(kind), group.told_at);
  for (const Alarm& alarm : alarms) {
    append_key(told, static_cast<std::int64_t>(alarm.fingerprint));
    append_key(told, alarm.firing_since);
  }
  Notification made{
      .key = id_text(fnv1a64(told)), .channel = group.channel, .kind = kind, .group = group.name};
  if (alarms.size() > kMostInMessage) {
    made.left_out = static_cast<std::int64_t>(alarms.size() - kMostInMessage);
    alarms.erase(alarms.begin() + kMostInMessage, alarms.end());
  }
  made.alarms = std::move(alarms), made.created = now.wall;
  made.host = speaker_.host, made.timezone = speaker_.timezone, made.dashboard = speaker_.dashboard;
  return made;
}

void Telling::put(std::int64_t group_id, std::uint64_t fingerprint, const Member& member,
                  Record& record) const {
  const auto alarm = static_cast<std::int64_t>(fingerprint);
  record.changes().members.put(id_of(group_id, alarm), {group_id, alarm, member.told, member.ended});
}

void Telling::erase(std::int64_t group_id, Group& group, std::uint64_t fingerprint, Record& record) {
  group.members.erase(fingerprint);
  const auto known = groups_of_.find(fingerprint);
  if (known != groups_of_.end() && known->second.erase(group_id) > 0 && known->second.empty())
    groups_of_.erase(known);
  record.changes().members.erase(id_of(group_id, static_cast<std::int64_t>(fingerprint)));
}

}  // namespace steward::alerts
