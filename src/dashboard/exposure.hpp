#pragma once

#include <vector>

#include "base/money.hpp"
#include "state/model.hpp"

namespace steward::dashboard {

/// What the matched bets of one strategy on one market come to at worst.
struct Exposure {
  std::string bot, strategy, market_id;
  Pence worst = 0;  ///< negative: money can be lost
};

/// Groups positions by bot, strategy, market and handicap. At most one runner of a market wins, so the worst
/// is over "this runner wins" for each that was bet on, and "another one does". (In a market with several
/// winners the true worst can be deeper.)
std::vector<Exposure> exposures(const std::vector<state::Position>& positions);

/// The sum of all that can be lost, as a positive amount.
Pence at_risk(const std::vector<Exposure>& exposures);

}  // namespace steward::dashboard
