#include "state/trading_sense.hpp"

#include <algorithm>
#include <array>

#include "state/rows.hpp"

namespace steward::state {

namespace {

constexpr std::int64_t kHoursADay = 24;
using Senses = std::map<std::string_view, StrategySense>;

void add_orders(const Model& model, Senses& senses) {
  std::string key;
  for (const std::int64_t id : model.open_orders) {
    const Order& order = model.orders.find_id(id)->row;
    StrategySense& sense = senses[order.strategy];
    const bool unknown = order.status == OrderStatus::unknown;
    if (!unknown && order.status != OrderStatus::intent && order.status != OrderStatus::executable) continue;
    ++(unknown ? sense.unknown_orders : sense.open_orders);
    if (sense.oldest_unmatched == 0 || order.created < sense.oldest_unmatched)
      sense.oldest_unmatched = order.created;
    const auto* market = model.markets.find(make_key(key, order.bot, order.market_id));
    if (market != nullptr && market->row.in_play) ++sense.in_play_orders;
  }
}

/// Orders of an hour that ends now, or ended whole days before: index 0 is today. Within an hour of the past
/// they count as evenly spread.
struct Hours {
  std::array<double, kHoursKept / kHoursADay + 1> ending{};
  WallNs since = INT64_MAX;
};

void add_hours(const Model& model, const Activity& activity, WallNs now, Hours& hours) {
  std::string key;
  const auto count = [&](std::int64_t hour) {
    const auto* row = model.hours.find(make_key(key, activity.bot, activity.strategy, hour));
    return row == nullptr ? 0.0 : static_cast<double>(row->row.placed);
  };
  const std::int64_t hour = now / kHour;
  const double begun = static_cast<double>(now % kHour) / static_cast<double>(kHour);
  for (std::size_t day = 0; day < hours.ending.size(); ++day) {
    const std::int64_t then = hour - static_cast<std::int64_t>(day) * kHoursADay;
    hours.ending[day] += (day == 0 ? 1 : begun) * count(then) + (1 - begun) * count(then - 1);
  }
  hours.since = std::min(hours.since, activity.since);
}

std::optional<double> usual_ratio(Hours hours, WallNs now) {
  const std::int64_t days =
      std::min<std::int64_t>((now - hours.since) / (kHoursADay * kHour), hours.ending.size() - 1);
  if (days < kUsualDays) return std::nullopt;
  const auto begin = hours.ending.begin() + 1, end = begin + days;
  std::sort(begin, end);
  const double usual = (begin[(days - 1) / 2] + begin[days / 2]) / 2;
  return (hours.ending[0] + 1) / (usual + 1);
}

}  // namespace

Senses trading_sense(const Model& model, WallNs now) {
  Senses senses;
  for (const auto& [id, entry] : model.placed.rows()) senses[entry.row.strategy];
  add_orders(model, senses);
  std::map<std::string_view, Hours> hours;
  for (const auto& [id, entry] : model.activities.rows()) {
    senses[entry.row.strategy].rejected += entry.row.rejected;
    add_hours(model, entry.row, now, hours[entry.row.strategy]);
  }
  for (const auto& [strategy, of_strategy] : hours)
    senses[strategy].usual_ratio = usual_ratio(of_strategy, now);
  for (const auto& [id, entry] : model.profits.rows()) {
    auto& drawdown = senses[entry.row.strategy].drawdown;
    drawdown = drawdown.value_or(0) + entry.row.drawdown(model.today);
  }
  for (const auto& [strategy, recent] : model.recent_latency) recent.append(now, senses[strategy].latency);
  for (const auto& [strategy, at_risk] : exposures(model)) senses[strategy].at_risk = at_risk;
  return senses;
}

std::int64_t transactions_of_hour(const Model& model, WallNs now) {
  std::string key;
  std::int64_t sum = 0;
  for (const auto& [id, entry] : model.activities.rows()) {
    const auto* hour = model.hours.find(make_key(key, entry.row.bot, entry.row.strategy, now / kHour));
    if (hour != nullptr) sum += hour->row.transactions;
  }
  return sum;
}

}  // namespace steward::state
