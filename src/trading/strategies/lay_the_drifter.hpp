#pragma once

#include <map>
#include <set>

#include "trading/strategies/parameters.hpp"

namespace steward::trading {

/// Remembers what each runner of a market cost when the watch before the off began, and lays, once each,
/// those whose price has drifted out since. What does not match is withdrawn after a while.
class LayTheDrifter final : public Strategy {
 public:
  static StrategyInfo info();
  explicit LayTheDrifter(Parameters& parameters);
  void on_market_book(const MarketBook& book, OrderEntry& entry) override;
  void on_market_closed(const MarketBook& book) override { watched_.erase(book.market_id()); }

 private:
  struct Watched {
    std::map<std::int64_t, Price> first_price;
    std::set<std::int64_t> laid;
  };
  void consider(const RunnerBook& runner, Watched& watched, OrderEntry& entry) const;

  Pence stake_;
  std::int64_t watch_ms_, cancel_after_ms_;
  std::int64_t drift_;  ///< hundredths of a per cent
  Price max_price_;
  std::map<std::string, Watched, std::less<>> watched_;
};

}  // namespace steward::trading
