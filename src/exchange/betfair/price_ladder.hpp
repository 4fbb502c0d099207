#pragma once

#include <optional>

#include "base/money.hpp"

namespace steward::betfair {

/// The CLASSIC price ladder: 350 prices from 1.01 to 1000, each with its tick index (developer.betfair.com,
/// "Betfair Price Increments").
inline constexpr int kTicks = 350;

/// 0 → 1.01, 349 → 1000. Indexes outside are brought to the nearer end.
Price price_at(int tick);

/// The tick of a price that is on the ladder.
std::optional<int> tick_of(Price price);

/// The tick of the highest price on the ladder that is not above `price`; 0 below 1.01.
int tick_at_or_below(Price price);

}  // namespace steward::betfair
