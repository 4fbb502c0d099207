#pragma once

#include <vector>

#include "base/money.hpp"
#include "state/model.hpp"

namespace steward::dashboard {

/// What matched bets can lose at worst, as positive amounts.
struct AtRisk {
  Pence money = 0;
  Pence paper = 0;  ///< of simulated bets
};

/// Sums the worst outcome of each strategy's bets on each market. At most one runner of a market wins, so the
/// worst is over "this runner wins" for each that was bet on, and "another one does". (In a market with
/// several winners the true worst can be deeper.)
AtRisk at_risk(const std::vector<state::Position>& positions);

}  // namespace steward::dashboard
