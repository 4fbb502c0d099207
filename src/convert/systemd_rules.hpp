#pragma once

#include <span>
#include <string_view>

#include "convert/unit_file.hpp"

namespace steward::convert {

/// What becomes of a directive that is no setting of a bot.
struct Treatment {
  bool lost = true;
  std::string_view text;
};
Treatment treatment_of(std::string_view section, std::string_view key);

/// Before= of the units given: what one names there comes `after` it. Others are remarked.
void add_before(std::span<const Unit> units, Converted& converted);

}  // namespace steward::convert
