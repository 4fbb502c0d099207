#pragma once

#include <map>
#include <string_view>

#include "base/money.hpp"
#include "state/model.hpp"

namespace steward::state {

/// What bets can lose at worst, as positive amounts.
struct AtRisk {
  Pence money = 0;
  Pence paper = 0;  ///< of simulated bets
};

/// By strategy, the worst outcome of its matched bets, summed over its markets. At most one runner of a
/// market wins, so the worst is over "this runner wins" for each that was bet on, and "another one does". (In
/// a market with several winners the true worst can be deeper.) The names live as long as the rows.
std::map<std::string_view, AtRisk> matched_at_risk(const Table<Position>& positions);

/// matched_at_risk() of all strategies together.
AtRisk at_risk(const Table<Position>& positions);

/// What the unmatched rest of an order can lose at worst: the stake of a back, the liability of a lay. 0 when
/// it has ended.
Pence liability(const Order& order);

/// By strategy, money that can be lost at worst: matched_at_risk() and the liabilities of all open orders.
std::map<std::string_view, AtRisk> exposures(const Model& model);

}  // namespace steward::state
