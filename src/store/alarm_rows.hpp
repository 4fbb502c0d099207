#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "store/changes.hpp"

/// What steward.db keeps of alarms: one plain row type for each table. Columns are what people ask for with
/// sqlite3; `body` is the whole as JSON, which alerts/ reads and writes.
namespace steward::store {

/// id: the alarm's fingerprint.
struct AlarmRow {
  std::string rule;
  std::string state, severity;  ///< as words
  WallNs pending_since = 0, firing_since = 0, clearing_since = 0;
  std::string todo, doing;  ///< actions that are still to be begun, and that were begun, as words
  std::string body;
};

/// A group of alarms as one channel was told of it. id: of channel and name.
struct GroupRow {
  std::string channel, name;
  WallNs told_at = 0;
};

/// An alarm of a group. id: of channel, group and fingerprint.
struct MemberRow {
  std::int64_t group_id = 0, fingerprint = 0;
  bool told = false;
  std::string ended;  ///< the alarm as it ended, while the channel has not been told; else empty
};

/// id: what people call it by.
struct SilenceRow {
  std::string matchers, by, comment;
  WallNs created = 0, ends = 0;
};

/// A message that is to be delivered. id: its place in the order of sending.
struct OutboxRow {
  std::string key, channel;
  WallNs created = 0;
  std::int64_t attempts = 0;
  std::string body;
};

/// Something that happened to an alarm or a message. id: in order.
struct HistoryRow {
  WallNs at = 0;
  std::string what;  ///< fired, resolved, acknowledged, done, undelivered, …
  std::string rule, severity;
  std::int64_t fingerprint = 0;
  std::string text;
};

/// Who did what. id: in order.
struct AuditRow {
  WallNs at = 0;
  std::string by, what, text;
};

template <class R, class T>
concept AlarmTableRow = std::same_as<std::remove_const_t<R>, T>;

template <AlarmTableRow<AlarmRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("rule", r.rule), visit("state", r.state), visit("severity", r.severity);
  visit("pending_since", r.pending_since), visit("firing_since", r.firing_since);
  visit("clearing_since", r.clearing_since), visit("todo", r.todo), visit("doing", r.doing);
  visit("body", r.body);
}
template <AlarmTableRow<GroupRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("channel", r.channel), visit("name", r.name), visit("told_at", r.told_at);
}
template <AlarmTableRow<MemberRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("group_id", r.group_id), visit("fingerprint", r.fingerprint), visit("told", r.told);
  visit("ended", r.ended);
}
template <AlarmTableRow<SilenceRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("matchers", r.matchers), visit("author", r.by), visit("comment", r.comment);
  visit("created", r.created), visit("ends", r.ends);
}
template <AlarmTableRow<OutboxRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("key", r.key), visit("channel", r.channel), visit("created", r.created);
  visit("attempts", r.attempts), visit("body", r.body);
}
template <AlarmTableRow<HistoryRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("at", r.at), visit("what", r.what), visit("rule", r.rule), visit("severity", r.severity);
  visit("fingerprint", r.fingerprint), visit("text", r.text);
}
template <AlarmTableRow<AuditRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("at", r.at), visit("author", r.by), visit("what", r.what), visit("text", r.text);
}

/// What one moment changed, in all tables: committed together or not at all. A plain value.
struct AlarmChanges {
  Changes<AlarmRow> alarms;
  Changes<GroupRow> groups;
  Changes<MemberRow> members;
  Changes<SilenceRow> silences;
  Changes<OutboxRow> outbox;
  Changes<HistoryRow> history;
  Changes<AuditRow> audit;

  /// Calls visit("table", Changes<Row>&) for each.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("alarms", self.alarms), visit("groups", self.groups), visit("members", self.members);
    visit("silences", self.silences), visit("outbox", self.outbox), visit("history", self.history);
    visit("audit", self.audit);
  }
  bool empty() const;
  /// `newer` wins. Of history and audit the newest kMostHeld are held: they are no reason to run out of
  /// memory.
  void add(AlarmChanges newer);
  static constexpr std::size_t kMostHeld = 10'000;
};

/// The rows that are there at the start, as changes from nothing; of history and audit only the newest.
using AlarmRows = AlarmChanges;

}  // namespace steward::store
