#pragma once

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// Discord's webhooks, with embeds (docs.discord.com, "Message Resource", Embed Limits).
net::HttpRequest render_discord(const Channel& channel, const Notification& notification);
Outcome judge_discord(const Result<net::HttpAnswer>& answer, WallNs now);

}  // namespace steward::alerts
