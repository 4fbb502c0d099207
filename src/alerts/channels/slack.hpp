#pragma once

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// Slack's incoming webhooks, with blocks (docs.slack.dev, "Block Kit").
net::HttpRequest render_slack(const Channel& channel, const Notification& notification);
Outcome judge_slack(const Result<net::HttpAnswer>& answer, WallNs now);

}  // namespace steward::alerts
