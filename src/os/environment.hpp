#pragma once

#include <string>
#include <vector>

namespace steward {

/// What a command of the user's finds of our environment, as "NAME=VALUE": PATH, HOME, LANG and TZ, those
/// that are set. Never a secret: keys of stores and passwords are in other variables.
std::vector<std::string> plain_environment();

}  // namespace steward
