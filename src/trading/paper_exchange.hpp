#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "trading/book.hpp"
#include "trading/order.hpp"

namespace steward::trading {

/// What the exchange did to an order; named like the journal's events.
enum class OrderEvent : std::uint8_t {
  intent,
  placed,
  rejected,
  matched,
  cancelled,
  lapsed,
  voided,
  settled
};
std::string_view name_of(OrderEvent event);

/// Hears of every change of an order, after it. `latency_ms` of placed and rejected is from the request to
/// the answer by the publish clock: a replay at any speed reports the same.
class OrderListener {
 public:
  virtual ~OrderListener() = default;
  virtual void on_order(Order& order, OrderEvent event, std::int64_t latency_ms) = 0;
};

/// How long requests take by the publish clock, in milliseconds; the bet delay comes on top of place and
/// replace.
struct ExchangeLatency {
  std::int64_t place = 120;
  std::int64_t cancel = 170;
  std::int64_t replace = 280;
};

/// Gives out bet ids, one counter for all markets of a run.
class BetIds {
 public:
  std::string next() { return std::to_string(next_++); }

 private:
  std::int64_t next_ = 100'000'000'001;
};

/// The exchange's side of one market, on paper: requests take effect after their latency by the publish
/// clock, on the book that was in force then; orders match by the rules of matching.hpp. Per book:
/// before_book(), the book takes the change, after_book(). Orders belong to the caller and outlive it.
class PaperExchange {
 public:
  PaperExchange(BetIds& ids, ExchangeLatency latency, OrderListener& listener)
      : ids_(ids), latency_(latency), listener_(listener) {}

  void send_place(Order& order, const MarketBook& book);
  /// Takes back `reduction` of the remainder, all of it for 0.
  void send_cancel(Order& order, const MarketBook& book, Pence reduction);
  /// Cancels `order` and places `replacement` with what was cancelled.
  void send_replace(Order& order, Order& replacement, const MarketBook& book);

  /// Answers the requests that are due at `publish_time`; `held` is the book before that time's change.
  void before_book(std::int64_t publish_time, const MarketBook& held);
  /// Withdrawals, matching, completion.
  void after_book(const MarketBook& book, std::deque<Order>& orders);
  /// The market was settled: what is pending is refused, what remains lapses, each order gets its profit.
  void settle(const MarketBook& book, std::deque<Order>& orders);
  /// Withdraws at once all that may still match: the bot goes down.
  void withdraw(const MarketBook& book, std::deque<Order>& orders);

 private:
  enum class Kind : std::uint8_t { place, cancel, replace };
  struct Request {
    Kind kind;
    Order* order;
    Order* replacement;
    Pence reduction;
    std::int64_t sent, delay;
  };

  void answer(const Request& request, std::int64_t now, const MarketBook& held);
  void place(Order& order, std::int64_t latency, std::int64_t now, const MarketBook& held);
  bool cancel(Order& order, Pence reduction, const MarketBook& held, std::int64_t now);
  void refuse(Order& order, std::string_view code, std::int64_t latency, std::int64_t now);
  void remove_runners(const MarketBook& book, std::deque<Order>& orders);
  void match(const MarketBook& book, std::deque<Order>& orders);

  BetIds& ids_;
  ExchangeLatency latency_;
  OrderListener& listener_;
  std::deque<Request> requests_;
  std::set<std::pair<std::int64_t, std::int64_t>> removed_;  ///< runners whose withdrawal was dealt with
};

}  // namespace steward::trading
