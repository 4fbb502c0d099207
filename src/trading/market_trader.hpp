#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "trading/gate.hpp"
#include "trading/reporter.hpp"
#include "trading/strategy.hpp"

namespace steward::trading {

/// What all markets of a run share. Owned by the engine.
struct TradingContext {
  Strategy& strategy;
  Gate& gate;
  Reporter& reporter;
  const Clock& clock;
  BetIds bet_ids;
  ExchangeLatency latency;
  std::int64_t commission_hundredths = 500;  ///< of a per cent: 5 %
  std::string ref_prefix;                    ///< makes customer_order_ref unique among all runs
  std::int64_t refs = 0;
  // Sums over the run; matched counts orders of markets that have ended.
  std::int64_t orders_placed = 0, orders_rejected = 0, orders_refused_by_gate = 0, orders_matched = 0;
  std::int64_t books = 0, markets_settled = 0;
  Pence realized = 0, commission = 0;
  std::string gate_reason;  ///< why the gate was closed when last asked; empty: open
};

/// One market: its book, its orders and their paper exchange, and what the journal was told. One thread.
class MarketTrader final : private OrderEntry, private OrderListener {
 public:
  MarketTrader(std::string market_id, TradingContext& context);
  MarketTrader(const MarketTrader&) = delete;
  MarketTrader& operator=(const MarketTrader&) = delete;

  /// One change. `fit`: the data may be traded on. False once the market is settled.
  bool on_change(const betfair::MarketChange& change, std::int64_t publish_time, bool fit);
  /// The bot goes down: withdraw what may still match, and say where the market stands.
  void stop();

  const MarketBook& book() const { return book_; }
  const std::deque<Order>& all_orders() const { return orders_; }

 private:
  Order* place(const OrderRequest& request) override;
  bool cancel(Order& order, Pence reduction) override;
  Order* replace(Order& order, Price price) override;
  std::deque<Order>& orders() override { return orders_; }
  void on_order(Order& order, OrderEvent event, std::int64_t latency_ms) override;

  bool gate_open();
  Order& add_order(const OrderRequest& request);
  void report_definition();
  void report_position(const Order& order);
  void report_profit(bool at_once);
  MarketProfit profit_now();
  void count_matched();
  void settle();

  TradingContext& context_;
  MarketBook book_;
  PaperExchange exchange_;
  std::deque<Order> orders_;

  bool opened_ = false;
  std::optional<betfair::MarketStatus> told_status_;
  bool told_in_play_ = false;
  std::int64_t told_version_ = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, Exposure> positions_;
  std::map<std::pair<std::int64_t, std::int64_t>, Pence> last_unrealized_;
  MarketProfit told_profit_;
  MonoNs told_profit_at_ = 0;
};

}  // namespace steward::trading
