#pragma once

#include <string>

#include "base/clock.hpp"

namespace steward::cli {

/// From now on local times of this process are those of this IANA zone ("Europe/London"). For one-threaded
/// command-line programs only: it sets TZ. An empty name leaves the machine's zone.
void use_zone(const std::string& name);

/// A moment as people of the zone in use write it, as short as `now` allows: "14:05:09" today, "Sat 21 Nov
/// 14:05" within the last or next half year, else "21 Nov 2025".
std::string local_moment(WallNs at, WallNs now);

/// "14:05:09 GMT".
std::string local_clock(WallNs at);

}  // namespace steward::cli
