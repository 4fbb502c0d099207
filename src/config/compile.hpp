#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "keeper/plan.hpp"

namespace steward::config {

/// What the plan's own entry, the agent, is started with.
struct AgentEntry {
  std::string program;  ///< absolute path of `steward`
  std::string state;    ///< absolute path of the state folder
};

/// The plan for these settings: the agent (`PROGRAM agent --state STATE --config FILE`), then the bots in the
/// file's order with their users looked up. Code::not_found, with file and line, when a user is gone since
/// the check.
Result<keeper::Plan> compile(const Settings& settings, const AgentEntry& agent);

}  // namespace steward::config
