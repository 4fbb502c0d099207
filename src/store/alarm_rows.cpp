#include "store/alarm_rows.hpp"

namespace steward::store {

bool AlarmChanges::empty() const {
  bool empty = true;
  each(*this, [&](const char*, const auto& changes) { empty = empty && changes.empty(); });
  return empty;
}

void AlarmChanges::add(AlarmChanges newer) {
  alarms.add(std::move(newer.alarms)), groups.add(std::move(newer.groups));
  members.add(std::move(newer.members)), silences.add(std::move(newer.silences));
  outbox.add(std::move(newer.outbox)), history.add(std::move(newer.history)),
      audit.add(std::move(newer.audit));
  history.trim(kMostHeld), audit.trim(kMostHeld);
}

}  // namespace steward::store
