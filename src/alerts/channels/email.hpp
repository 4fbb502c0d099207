#pragma once

#include "alerts/channels/channel.hpp"

namespace steward::alerts {

/// A mail in text and HTML. The Message-ID is made of the notification's key, so an attempt more is the same
/// mail; In-Reply-To and References name the group, so that mail programs show its messages as one thread.
net::Mail render_email(const Channel& channel, const Notification& notification);
Outcome judge_email(const Result<net::MailAnswer>& answer);

}  // namespace steward::alerts
