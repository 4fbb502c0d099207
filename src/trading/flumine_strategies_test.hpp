#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "trading/strategy.hpp"

namespace steward::trading::test {

/// The strategies of ../shared/reference/README.md, of which flumine's results are known.
class FlumineStrategy : public Strategy {
 public:
  void on_market_book(const MarketBook& book, OrderEntry& entry) final;
  std::int64_t books_seen = 0;

 protected:
  virtual void act(const MarketBook& book, OrderEntry& entry) = 0;
  /// Seconds to the market's start time.
  static double seconds_to_start(const MarketBook& book);
};

/// Null for a mode that is not known.
std::unique_ptr<FlumineStrategy> make_flumine_strategy(std::string_view mode);

}  // namespace steward::trading::test
