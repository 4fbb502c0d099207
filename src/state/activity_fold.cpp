#include "state/activity_fold.hpp"

#include "state/rows.hpp"

namespace steward::state {

Table<Activity>::Entry& ActivityFold::activity_of(const Order& order, WallNs at) {
  if (auto* known = model_.activities.find(make_key(key_, order.bot, order.strategy))) return *known;
  return model_.activities.add({.bot = order.bot, .strategy = order.strategy, .since = at});
}

Table<HourBook>::Entry* ActivityFold::hour_of(const Order& order, WallNs at) {
  const std::int64_t hour = at / kHour;
  if (hour <= model_.hour - kHoursKept) return nullptr;
  if (auto* known = model_.hours.find(make_key(key_, order.bot, order.strategy, hour))) return known;
  if (model_.hours.size() >= kMostHours) model_.hours.erase(*model_.hours.oldest());
  return &model_.hours.add({.bot = order.bot, .strategy = order.strategy, .hour = hour});
}

void ActivityFold::placed(const Order& order, WallNs at) {
  activity_of(order, at);
  auto* hour = hour_of(order, at);
  if (hour == nullptr) return;
  ++hour->row.placed;
  if (!order.simulated) ++hour->row.transactions;
  model_.hours.touch(*hour);
}

void ActivityFold::rejected(const Order& order, WallNs at) {
  auto& activity = activity_of(order, at);
  ++activity.row.rejected;
  model_.activities.touch(activity);
  auto* hour = order.simulated ? nullptr : hour_of(order, at);
  if (hour == nullptr) return;
  ++hour->row.transactions;
  model_.hours.touch(*hour);
}

void ActivityFold::set_now(WallNs now) {
  const std::int64_t hour = now / kHour;
  if (hour == model_.hour) return;
  model_.hour = hour;
  model_.hours.erase_if([&](const HourBook& row) { return row.hour <= hour - kHoursKept; });
}

}  // namespace steward::state
