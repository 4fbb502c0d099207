#pragma once

#include <string_view>
#include <vector>

#include "trading/book.hpp"
#include "trading/order.hpp"

namespace steward::trading {

// The rules by which a paper order matches against a recorded or live book. They are flumine 2.13.9's, whose
// results they reproduce order by order (trading/flumine_test.cpp). The queue is reckoned in pounds as
// doubles, as flumine does; what comes out of it, sizes and prices, are integers again.

/// Money traded at a price since the book before that may still match our orders, in pounds.
struct Traded {
  Price price = 0;
  double volume = 0;
};

/// What rose in the runner's traded volume in the last message, by price ascending.
std::vector<Traded> traded_since(const RunnerBook& runner);

/// The order reaches the exchange, whose book is `book`: it is refused (the error code is returned, the size
/// voided), matches what it crosses, and queues for the rest.
std::string_view place_order(Order& order, const MarketBook& book);

/// One new book for a live order: starting price, then what traded through its queue, then lapse on
/// suspension. Takes from `traded` what it used, so that two orders do not match the same money.
void match_order(Order& order, const MarketBook& book, const RunnerBook& runner, std::vector<Traded>& traded);

/// Another runner was withdrawn: matched prices fall by its adjustment factor (hundredths of a per cent).
void reduce_prices(Order& order, std::int64_t adjustment_factor);

/// The order's own runner was withdrawn: all of it is void.
void void_order(Order& order);

/// Profit of a settled order before commission, after the market's definition.
Pence settled_profit(const Order& order, const betfair::MarketDefinition& definition);

/// Commission on a market's profit at `rate_hundredths` (500 is 5 %); none on a loss.
Pence commission_on(Pence profit, std::int64_t rate_hundredths);

/// Rounds pounds to pence as Python's round(x, 2) does: by the exact binary value.
Pence round_pence(double pounds);

}  // namespace steward::trading
