#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metrics/scrape/exposition.hpp"
#include "state/model.hpp"

namespace steward::metrics {

/// What one scrape of a bot means, in the state's own terms: what it counts as if journalled, and the rest as
/// series. Counters are absolute since the scraped process began; the state adds up processes.
struct Scraped {
  /// What a strategy has now.
  struct Now {
    std::int64_t active_positions = 0;
    Pence unrealized = 0;
  };
  std::vector<state::OrdersPlaced> orders_placed;  ///< one for each (strategy, market type)
  std::optional<state::Latency> latency;           ///< over all strategies
  std::map<std::string, Now> strategies;
  std::vector<state::Series> series;  ///< all other samples, labelled as they came, sorted by nothing
  std::int64_t dropped = 0;  ///< beyond the parser's limits, or a value that cannot be what its name says
};

/// orders_placed_total, order_placement_duration_seconds, active_positions and unrealized_pnl become facts; a
/// sample without a strategy label belongs to the strategy that is named as the bot. A foreign histogram's
/// buckets are counted in the narrowest of state::kLatencyBounds that covers them. `_created` times are left
/// out.
Scraped interpret(const Exposition& exposition, const std::string& bot);

}  // namespace steward::metrics
