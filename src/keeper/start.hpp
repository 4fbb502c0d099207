#pragma once

#include "keeper/keeper.hpp"

namespace steward::keeper {

/// Everything between main and the loop: the state folder and its lock, limits, sub-reaper, control groups,
/// what a predecessor left. Code::conflict when another keeper keeps this folder.
Result<Beginning> prepare_start(const std::string& state);

}  // namespace steward::keeper
