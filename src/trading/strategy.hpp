#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "trading/book.hpp"
#include "trading/order.hpp"

namespace steward::trading {

/// A strategy's hands in one market, valid during the call it was given to. Every order is journalled before
/// it is sent; a closed gate refuses new orders (place and replace return nullptr), never a cancel.
class OrderEntry {
 public:
  virtual ~OrderEntry() = default;
  virtual Order* place(const OrderRequest& request) = 0;
  /// Takes back `reduction` of what remains, all of it for 0. False when the order is not executable.
  virtual bool cancel(Order& order, Pence reduction = 0) = 0;
  /// Cancels and places anew at `price`; the new order, or nullptr.
  virtual Order* replace(Order& order, Price price) = 0;
  /// This market's orders, oldest first. Placing and replacing add to it, which leaves references valid but
  /// not iterators.
  virtual std::deque<Order>& orders() = 0;
};

/// Decides what to do, from books and orders alone: no clock but the book's publish time, no chance, no I/O,
/// so that a replay repeats it exactly. One instance trades all markets of a run, on one thread.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// A new book of a market that is not closed.
  virtual void on_market_book(const MarketBook& book, OrderEntry& entry) = 0;
  /// One of its orders was placed, matched, refused, …; it may not send orders from here.
  virtual void on_order_update(const Order& order) { (void)order; }
  /// The market was settled; forget it.
  virtual void on_market_closed(const MarketBook& book) { (void)book; }
};

/// One `--set key=value` a strategy understands, with its default in the same form.
struct StrategyParameter {
  std::string name, value, help;
};

/// A strategy a user can name.
struct StrategyInfo {
  std::string_view name;
  std::string_view help;
  std::vector<StrategyParameter> parameters;
};

/// "stake=5"
struct Setting {
  std::string key, value;
};

/// All strategies, by name.
std::vector<StrategyInfo> strategies();

/// Makes the named strategy. An unknown name, key or a value that does not parse is one sentence that lists
/// what there is.
Result<std::unique_ptr<Strategy>> make_strategy(std::string_view name, const std::vector<Setting>& settings);

}  // namespace steward::trading
