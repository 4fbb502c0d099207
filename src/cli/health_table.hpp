#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::cli {

/// What `steward health` shows of a health report (docs/health.md): the host, tables of disks, endpoints and
/// bots, then the warnings. Times in the zone in use (zone.hpp). Code::corrupt when it is no report.
Result<std::string> health_table(std::string_view report, bool colour);

}  // namespace steward::cli
