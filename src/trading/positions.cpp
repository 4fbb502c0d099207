#include "trading/positions.hpp"

#include <algorithm>

namespace steward::trading {

namespace {
/// a × b / c, rounded half away from zero; the product may exceed 64 bits.
Pence scale(Pence a, std::int64_t b, std::int64_t c) {
  const auto product = static_cast<__int128>(a) * b;
  const auto half = static_cast<__int128>(c / 2);
  return static_cast<Pence>((product + (product < 0 ? -half : half)) / c);
}
}  // namespace

Exposure exposure_on(const std::deque<Order>& orders, std::int64_t selection_id, std::int64_t handicap) {
  Exposure exposure;
  for (const Order& order : orders) {
    if (order.size_matched == 0 || order.request.selection_id != selection_id ||
        order.request.handicap != handicap) {
      continue;
    }
    const Pence winnings = scale(order.size_matched, order.average_price_matched - 100, 100);
    const bool back = order.request.side == Side::back;
    exposure.if_win += back ? winnings : -winnings;
    exposure.if_lose += back ? -order.size_matched : order.size_matched;
  }
  return exposure;
}

Pence unrealized(const Exposure& exposure, const RunnerBook& runner) {
  const Pence difference = exposure.if_win - exposure.if_lose;
  if (difference == 0) return exposure.if_lose;
  const PriceLevels& opposite = difference > 0 ? runner.available_to_lay : runner.available_to_back;
  const Price price = opposite.empty() ? runner.last_price_traded : opposite.best().price;
  if (price <= 100) return std::min(exposure.if_win, exposure.if_lose);
  return exposure.if_lose + scale(difference, 100, price);
}

}  // namespace steward::trading
