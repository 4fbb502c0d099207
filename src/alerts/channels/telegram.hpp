#pragma once

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// Telegram's Bot API, sendMessage in HTML (core.telegram.org/bots/api).
net::HttpRequest render_telegram(const Channel& channel, const Notification& notification);
Outcome judge_telegram(const Result<net::HttpAnswer>& answer, WallNs now);

}  // namespace steward::alerts
