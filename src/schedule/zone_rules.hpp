#pragma once

#include <date/tz.h>

#include <string>

#include "base/result.hpp"

namespace steward::schedule {

/// The rules of a zone of the IANA database, such as "Europe/London" or "UTC". They live as long as the
/// program.
Result<const date::time_zone*> zone_rules(const std::string& zone);

}  // namespace steward::schedule
