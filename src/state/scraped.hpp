#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/model.hpp"

namespace steward::state {

/// What one scrape of a bot gave. Names and labels are valid; counters are since its process began.
struct Scraped {
  std::string bot;
  std::vector<Series> series;        ///< name, labels, value, counter
  std::vector<OrdersPlaced> placed;  ///< strategy, market_type, count
  std::vector<ScrapedStrategy> strategies;
  std::optional<Latency> latency;  ///< in our buckets
};

}  // namespace steward::state
