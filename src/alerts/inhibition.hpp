#pragma once

#include <set>
#include <string>
#include <vector>

#include "alerts/alarm_matcher.hpp"
#include "config/settings.hpp"

namespace steward::alerts {

/// While an alarm that matches `source` fires, those that match `target` and have the same values of the
/// labels `equal` are not told.
struct Inhibition {
  AlarmMatcher source, target;
  std::vector<std::string> equal;
};

/// Which of the firing alarms others make not worth telling. Fill with every firing alarm, then ask. Control
/// thread.
class Inhibitions {
 public:
  Inhibitions() = default;
  explicit Inhibitions(std::vector<Inhibition> rules) : rules_(std::move(rules)), sources_(rules_.size()) {}

  void clear();
  void add_firing(const Alarm& alarm);
  /// An alarm does not inhibit itself, nor does a source another of the same inhibition.
  bool inhibited(const Alarm& alarm) const;

 private:
  std::vector<Inhibition> rules_;
  std::vector<std::set<std::string, std::less<>>> sources_;  ///< for each, the values of `equal` that fire
};

/// Those of the configuration, then the usual ones. One whose matchers are wrong is left out, and told by
/// `problems` when it is not null.
std::vector<Inhibition> inhibitions_of(const config::Settings& settings,
                                       config::Problems* problems = nullptr);

}  // namespace steward::alerts
