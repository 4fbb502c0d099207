#pragma once

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// The bots in a crontab: what is begun at @reboot, and lines whose one purpose is that a program runs
/// (flock, `pgrep … ||`). Lines for a time become remarks: Steward has no schedules. A file of /etc/crontab's
/// or /etc/cron.d's form has a user in each line. Fails on a line that is no crontab's.
Result<Converted> from_crontab(std::string_view text, const std::string& file, const Machine& machine);

}  // namespace steward::convert
