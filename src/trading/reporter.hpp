#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/json_writer.hpp"
#include "trading/event_sink.hpp"
#include "trading/paper_exchange.hpp"
#include "trading/positions.hpp"

namespace steward::trading {

/// One market's profit, absolute.
struct MarketProfit {
  Pence realized = 0, unrealized = 0, commission = 0;
  friend bool operator==(const MarketProfit&, const MarketProfit&) = default;
};

/// Puts what happens into the words of docs/formats/journal.md. All of it is marked simulated. One thread.
class Reporter {
 public:
  Reporter(EventSink& sink, const Clock& clock, std::string strategy)
      : sink_(sink), clock_(clock), strategy_(std::move(strategy)) {}

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
  JsonWriter& begin_market(std::string_view type, const MarketBook& book);
  void money(std::string_view name, std::int64_t hundredths);
  void finish();

  EventSink& sink_;
  const Clock& clock_;
  std::string strategy_;
  JsonWriter json_;
};

}  // namespace steward::trading
