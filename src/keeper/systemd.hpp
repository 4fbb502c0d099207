#pragma once

#include <string_view>

#include "base/clock.hpp"

namespace steward::keeper {

/// Tells our own service manager, if NOTIFY_SOCKET names one: sd_notify(3). Lost quietly when it does not
/// listen.
void tell_manager(std::string_view text);

/// Half of the watchdog period that the manager asked of us (sd_watchdog_enabled(3)); 0: none.
MonoNs manager_pat_every();

}  // namespace steward::keeper
