#pragma once

#include <string>

#include "cli/status_report.hpp"

namespace steward::cli {

/// The status as people read it: one line on the whole, a table of the bots, then what they should know.
/// Times in the zone in use (zone.hpp). With `colour`, for a terminal.
std::string status_table(const StatusReport& report, bool colour);

}  // namespace steward::cli
