#pragma once

#include <cstdint>
#include <string>

#include "metrics/scrape/exposition.hpp"
#include "state/series_fold.hpp"

namespace steward::metrics {

/// What one scrape of a bot means.
struct Interpretation {
  state::Scraped scraped;    ///< for Engine::inject()
  std::int64_t dropped = 0;  ///< beyond the parser's limits, or a value that cannot be what its name says
};

/// orders_placed_total, order_placement_duration_seconds, active_positions and unrealized_pnl count as if
/// journalled; a sample without a strategy label belongs to the strategy that is named as the bot. A foreign
/// histogram's buckets are counted in the narrowest of state::kLatencyBounds that covers them. `_created`
/// times are left out. All else becomes series.
Interpretation interpret(const Exposition& exposition, const std::string& bot);

}  // namespace steward::metrics
