#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "state/exposure.hpp"
#include "state/model.hpp"
#include "state/pulse.hpp"

namespace steward::state {

/// What one strategy is doing, all its bots together: what rules and people judge it by.
struct StrategySense {
  std::int64_t open_orders = 0;     ///< sent, and may still match
  std::int64_t unknown_orders = 0;  ///< whose answer was lost
  std::int64_t in_play_orders = 0;  ///< of both, those in a market that is in play
  WallNs oldest_unmatched = 0;      ///< when the oldest of them was made; 0: there is none
  std::int64_t rejected = 0;        ///< since the state folder began
  LatencyBuckets latency;           ///< of the answers of the last five minutes
  AtRisk at_risk;                   ///< exposures()
  std::optional<Pence> drawdown;    ///< from the day's high, 0 or more; nothing when no profit was told
  /// Orders of the last hour over those of the same hour of the days before (their median), one added to
  /// each, so that few orders are no news; nothing before it placed orders for kUsualDays days.
  std::optional<double> usual_ratio;
};
inline constexpr int kUsualDays = 3;

/// Of every strategy that ever placed an order or told of profit. The names live as long as the rows.
std::map<std::string_view, StrategySense> trading_sense(const Model& model, WallNs now);

/// Bets placed and refused in the current clock hour, without simulated ones: what Betfair's transaction
/// charge counts.
std::int64_t transactions_of_hour(const Model& model, WallNs now);

}  // namespace steward::state
