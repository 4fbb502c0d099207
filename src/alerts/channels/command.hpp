#pragma once

#include "alerts/channels/channel.hpp"
#include "net/command.hpp"

namespace steward::alerts {

/// A program of the user's, which gets the notification as JSON on its standard input, and STEWARD_KEY,
/// STEWARD_KIND and STEWARD_SEVERITY in its environment besides PATH, HOME and LANG.
net::Command render_command(const Channel& channel, const Notification& notification);
/// Exit status 0: delivered; 64 to 78 but 75, as sysexits.h has them, and a program that cannot be started:
/// never; all else: later.
Outcome judge_command(const Result<net::CommandEnd>& end);

}  // namespace steward::alerts
