#pragma once

#include <string>

#include "base/result.hpp"

namespace steward::keeper {

/// Whether `program` is a keeper that runs on this machine: `PROGRAM --version` answers "steward-keeper …"
/// within two seconds. Becoming a program that is not would leave every bot without a keeper.
Status check_keeper_program(const std::string& program);

}  // namespace steward::keeper
