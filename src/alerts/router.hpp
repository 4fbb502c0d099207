#pragma once

#include <vector>

#include "alerts/delivery.hpp"
#include "alerts/zone.hpp"
#include "config/alert_channels.hpp"

namespace steward::alerts {

/// Which channels an alarm is told through (`[[alert.route]]`, docs/channels.md). The first route that
/// matches counts, and with `continue` those after it; an alarm that none matches goes as if there were no
/// routes: warnings and criticals to every channel. A plain value; pure.
class Router {
 public:
  Router(config::AlertTargets targets, const std::string& timezone)
      : targets_(std::move(targets)), zone_(timezone) {}

  /// No channel twice: the first route that names it counts.
  std::vector<Delivery> route(const Alarm& alarm, WallNs now) const;

 private:
  bool matches(const config::AlertRoute& route, const Alarm& alarm) const;
  void add(const config::AlertRoute& route, const std::string& channel, const Alarm& alarm, WallNs now,
           std::vector<Delivery>& out) const;

  config::AlertTargets targets_;
  Zone zone_;
};

}  // namespace steward::alerts
