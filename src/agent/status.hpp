#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/configuration.hpp"
#include "dashboard/facts.hpp"

namespace steward::agent {

/// What a status is made from besides the overview. Borrowed for one call.
struct StatusInputs {
  const Configuration& configuration;
  std::int64_t agent_uptime_ns = 0;
  int keeper_pid = 0;
  std::string keeper_version;
  std::vector<std::string> notices;
  std::string metrics_url, dashboard_url;  ///< empty: off
};

/// The answer to `{"command":"status"}` (docs/formats/control.md).
std::string status_json(const dashboard::Overview& overview, const StatusInputs& inputs);

/// The answer to `{"command":"reload"}`.
std::string reload_json(const config::Installed& installed);

}  // namespace steward::agent
