#pragma once

#include <string>

#include "state/model.hpp"

namespace steward::agent {

/// "exit 1", "SIGKILL (out of memory)", "unknown": how a run ended, for people.
std::string exit_text(const state::LastExit& exit);

}  // namespace steward::agent
