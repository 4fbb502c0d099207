#pragma once

#include <string_view>

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// A POST of JSON to any address (docs/channels.md has body, headers and signature). `now` goes into the
/// signature, which is made anew for each attempt.
net::HttpRequest render_webhook(const Channel& channel, const Notification& notification, WallNs now);
Outcome judge_webhook(const Result<net::HttpAnswer>& answer, WallNs now);

/// "t=1800000000,v1=<hex of HMAC-SHA256 over "1800000000.BODY">", as Stripe signs.
std::string signature(std::string_view key, WallNs now, std::string_view body);

}  // namespace steward::alerts
