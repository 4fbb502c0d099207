#pragma once

#include <string>

#include "state/model.hpp"

namespace steward::state {

/// Counts what was placed and refused, by strategy and by hour.
class ActivityFold {
 public:
  explicit ActivityFold(Model& model) : model_(model) {}

  void placed(const Order& order, WallNs at);
  void rejected(const Order& order, WallNs at);
  /// It is `now`: hours that are too old are forgotten.
  void set_now(WallNs now);

 private:
  Table<Activity>::Entry& activity_of(const Order& order, WallNs at);
  /// Null when that hour is no longer kept.
  Table<HourBook>::Entry* hour_of(const Order& order, WallNs at);

  Model& model_;
  std::string key_;
};

}  // namespace steward::state
