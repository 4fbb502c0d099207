#pragma once

#include <string>

#include "journal/writer.hpp"
#include "trading/paper_exchange.hpp"
#include "trading/positions.hpp"

namespace steward::trading {

/// One market's profit, absolute.
struct MarketProfit {
  Pence realized = 0, unrealized = 0, commission = 0;
  friend bool operator==(const MarketProfit&, const MarketProfit&) = default;
};

/// Puts what happens into the words of docs/formats/journal.md, all of it marked simulated. A journal that
/// cannot be written never stops the trading: the first loss is logged, all are counted by the writer. One
/// thread.
class Reporter {
 public:
  Reporter(journal::Writer& writer, std::string strategy) : writer_(writer), strategy_(std::move(strategy)) {}

  void market_opened(const MarketBook& book);
  void market_status(const MarketBook& book);
  void market_closed(const MarketBook& book);
  /// `latency_ns` is written with placed and rejected.
  void order(const Order& order, OrderEvent event, const MarketBook& book, std::int64_t latency_ns);
  void position(const MarketBook& book, std::int64_t selection_id, std::int64_t handicap,
                const Exposure& exposure);
  void pnl(const MarketBook& book, const MarketProfit& profit);
  void stream(std::int64_t lag_ns, std::int64_t age_ns, std::size_t markets);
  void note(std::string_view text, std::string_view level = "info");
  /// A counter of this run.
  void counter(std::string_view name, std::int64_t value);

 private:
  JsonWriter& begin(std::string_view type);
  void write(JsonWriter& event);

  journal::Writer& writer_;
  std::string strategy_;
  bool told_loss_ = false;
};

}  // namespace steward::trading
