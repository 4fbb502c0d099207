#pragma once

#include "exchange/betfair/definition.hpp"
#include "exchange/betfair/json_fields.hpp"

namespace steward::betfair {

/// Reads `marketDefinition` into `out`, which it overwrites whole. False when it is unsound.
bool decode_definition(json::ondemand::object object, MarketDefinition& out);

}  // namespace steward::betfair
