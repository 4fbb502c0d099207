#pragma once

#include <string>

#include "base/result.hpp"

namespace steward {

/// The kernel's id of this boot, /proc/sys/kernel/random/boot_id: another after each boot.
Result<std::string> boot_id();

}  // namespace steward
