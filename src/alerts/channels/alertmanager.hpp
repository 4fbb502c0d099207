#pragma once

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// Alertmanager's API v2: POST /api/v2/alerts. A firing alarm stands for a day unless it is told again or
/// resolved: Alertmanager, which expects to be told every minute, forgets it otherwise after five.
net::HttpRequest render_alertmanager(const Channel& channel, const Notification& notification);
Outcome judge_alertmanager(const Result<net::HttpAnswer>& answer, WallNs now);

}  // namespace steward::alerts
