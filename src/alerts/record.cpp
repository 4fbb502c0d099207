#include "alerts/record.hpp"

#include "alerts/rule.hpp"

namespace steward::alerts {

namespace {

template <class Row>
void keep(std::deque<Row>& rows, const Row& row) {
  rows.push_back(row);
  if (rows.size() > Record::kMostKept) rows.pop_front();
}

template <class Row>
std::int64_t take_back(std::deque<Row>& into, const store::Changes<Row>& rows) {
  std::int64_t last = 0;
  for (const auto& [id, row] : rows.rows()) {
    last = id;
    if (row) keep(into, *row);
  }
  return last;
}

}  // namespace

void Record::restore(const store::AlarmRows& rows) {
  last_history_ = take_back(history_, rows.history);
  last_audit_ = take_back(audit_, rows.audit);
}

void Record::history(WallNs at, std::string_view what, const Alarm& alarm, std::string text) {
  store::HistoryRow row{.at = at, .what = std::string(what), .rule = alarm.rule};
  if (!alarm.rule.empty()) row.severity = name_of(alarm.severity);
  row.fingerprint = static_cast<std::int64_t>(alarm.fingerprint);
  row.text = std::move(text);
  keep(history_, row);
  changes_.history.put(++last_history_, std::move(row));
}

void Record::audit(WallNs at, std::string by, std::string_view what, std::string text) {
  store::AuditRow row{.at = at, .by = std::move(by), .what = std::string(what), .text = std::move(text)};
  keep(audit_, row);
  changes_.audit.put(++last_audit_, std::move(row));
}

}  // namespace steward::alerts
