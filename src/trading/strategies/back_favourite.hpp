#pragma once

#include <set>

#include "trading/strategies/parameters.hpp"

namespace steward::trading {

/// Shortly before the off of a WIN market it backs the favourite, once, and lets the bet stand.
class BackFavourite final : public Strategy {
 public:
  static StrategyInfo info();
  explicit BackFavourite(Parameters& parameters);
  void on_market_book(const MarketBook& book, OrderEntry& entry) override;
  void on_market_closed(const MarketBook& book) override { done_.erase(book.market_id()); }

 private:
  Pence stake_;
  std::int64_t before_off_ms_;
  Price min_price_, max_price_;
  bool take_;  ///< the best available to back, rather than queue at the best available to lay
  std::set<std::string, std::less<>> done_;
};

}  // namespace steward::trading
