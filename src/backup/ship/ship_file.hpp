#pragma once

#include <map>
#include <string>
#include <string_view>

#include "backup/ship/ship_state.hpp"

namespace steward::backup {

/// What a shipper leaves for its successor and for `steward backup status`: `STATE/backup/JOB.ship`. It may
/// be some seconds old, or missing: then bytes are shipped again, which is harmless.
struct ShipFile {
  ShipFacts facts;
  std::map<std::string, ShipState::Confirmed> files;
};

/// Readers see the old content or the new one; not durable through a power cut, and need not be.
Status write_ship_file(const std::string& folder, const std::string& job, const ShipFacts& facts,
                       const std::map<std::string, ShipState::Confirmed>& files);
/// Nothing is known without a file, with one that is damaged, or of another place (empty: whatever it is of).
ShipFile read_ship_file(const std::string& folder, const std::string& job, const std::string& place = {});
ShipFile parse_ship_file(std::string_view text);
std::string format_ship_file(const ShipFacts& facts,
                             const std::map<std::string, ShipState::Confirmed>& files);

}  // namespace steward::backup
