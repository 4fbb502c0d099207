#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace steward::backup {

/// How far the shipping of a job's journals has come: `STATE/backup/NAME.ship.json`, swapped by the agent's
/// shipper, read by whoever shows it.
struct ShipFacts {
  WallNs shipped_at = 0;             ///< what was written by then is in the store
  std::int64_t unshipped_bytes = 0;  ///< written since, as far as is known
};

/// None without a file, or with one that is damaged.
std::optional<ShipFacts> read_ship_facts(const std::string& folder, const std::string& job);
std::optional<ShipFacts> parse_ship_facts(std::string_view text);
std::string format_ship_facts(const ShipFacts& facts);

}  // namespace steward::backup
