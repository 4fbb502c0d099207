#pragma once

#include <span>

#include "convert/foreign_bot.hpp"
#include "convert/unit_file.hpp"

namespace steward::convert {

/// The bots that do what these services do. Those that name one another in After=, Requires=, … wait for one
/// another. Never leaves a directive out without a remark. Fails on a command line that cannot be read.
Result<Converted> from_units(std::span<const Unit> units, const Machine& machine);

}  // namespace steward::convert
