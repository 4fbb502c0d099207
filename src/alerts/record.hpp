#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "alerts/alarm.hpp"
#include "store/alarm_rows.hpp"

namespace steward::alerts {

/// Collects what a moment changes in steward.db, and keeps the newest of history and audit in memory for
/// those who ask: the control thread never reads a disk. Control thread.
class Record {
 public:
  static constexpr std::size_t kMostKept = 1000;

  void restore(const store::AlarmRows& rows);

  /// What changed since take().
  store::AlarmChanges& changes() { return changes_; }
  store::AlarmChanges take() { return std::exchange(changes_, {}); }

  /// Something that happened to an alarm, or to a message about it.
  void history(WallNs at, std::string_view what, const Alarm& alarm, std::string text);
  /// Something that happened to none in particular.
  void history(WallNs at, std::string_view what, std::string text) {
    history(at, what, Alarm{}, std::move(text));
  }
  void audit(WallNs at, std::string by, std::string_view what, std::string text);

  /// Newest last.
  const std::deque<store::HistoryRow>& newest_history() const { return history_; }
  const std::deque<store::AuditRow>& newest_audit() const { return audit_; }

 private:
  store::AlarmChanges changes_;
  std::deque<store::HistoryRow> history_;
  std::deque<store::AuditRow> audit_;
  std::int64_t last_history_ = 0, last_audit_ = 0;
};

}  // namespace steward::alerts
