#pragma once

#include <string>

#include "alerts/read_rules.hpp"

namespace steward::alerts {

/// The rules as a Prometheus rule file (2.42 or later), for a Prometheus that scrapes /metrics. What
/// Prometheus has no word for stands in annotations: `steward_do`, `steward_only`.
std::string prometheus_rules(const ReadRules& rules);

}  // namespace steward::alerts
