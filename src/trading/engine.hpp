#pragma once

#include <map>
#include <memory>
#include <string>

#include "trading/market_trader.hpp"

namespace steward::trading {

/// The trade loop's heart without its clock and its sockets: messages in; books, the strategy's decisions,
/// paper matching and journal events out. Repeats itself exactly on the same messages. One thread.
class Engine {
 public:
  explicit Engine(TradingContext context) : context_(std::move(context)) {}
  Engine(const Engine&) = delete;  // its markets refer to it
  Engine& operator=(const Engine&) = delete;

  /// Takes one message of the stream.
  void on_message(const betfair::StreamMessage& message);
  /// Withdraws all orders and journals where each market stands.
  void stop();

  /// Markets that are not settled yet.
  std::size_t markets() const { return markets_.size(); }
  const MarketTrader* market(std::string_view market_id) const;
  const TradingContext& totals() const { return context_; }

 private:
  void on_market(const betfair::MarketChange& change, std::int64_t publish_time, bool fit);

  TradingContext context_;
  std::map<std::string, std::unique_ptr<MarketTrader>, std::less<>> markets_;
};

}  // namespace steward::trading
