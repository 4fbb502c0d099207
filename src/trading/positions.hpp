#pragma once

#include <deque>

#include "trading/book.hpp"
#include "trading/order.hpp"

namespace steward::trading {

/// What the matched bets on one selection make if it wins, and if it loses.
struct Exposure {
  Pence if_win = 0, if_lose = 0;
  friend bool operator==(const Exposure&, const Exposure&) = default;
};

Exposure exposure_on(const std::deque<Order>& orders, std::int64_t selection_id, std::int64_t handicap);

/// What the position would make if closed now at the best opposite price (nobody there: the last traded
/// price; none at all: the worse of the two outcomes).
Pence unrealized(const Exposure& exposure, const RunnerBook& runner);

}  // namespace steward::trading
