#pragma once

#include "config/settings.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

/// Reports names in `after` that no bot has, a bot that waits for itself, and circles of bots that wait for
/// one another.
void check_order(const Settings& settings, Reading& reading);

}  // namespace steward::config
