#include "state/exposure.hpp"

#include <algorithm>
#include <tuple>

namespace steward::state {

std::map<std::string_view, AtRisk> matched_at_risk(const Table<Position>& positions) {
  struct Book {
    Pence none_wins = 0;   // every runner bet on loses
    Pence worst_gain = 0;  // what changes when the worst of them wins instead
  };
  std::map<std::tuple<std::string_view, std::string_view, std::string_view, Pence, bool>, Book> books;
  for (const auto& [id, entry] : positions.rows()) {
    const Position& position = entry.row;
    Book& book =
        books[{position.strategy, position.bot, position.market_id, position.handicap, position.simulated}];
    book.none_wins += position.if_lose;
    book.worst_gain = std::min(book.worst_gain, position.if_win - position.if_lose);
  }
  std::map<std::string_view, AtRisk> sums;
  for (const auto& [key, book] : books) {
    AtRisk& sum = sums[std::get<0>(key)];
    (std::get<bool>(key) ? sum.paper : sum.money) += std::max<Pence>(0, -(book.none_wins + book.worst_gain));
  }
  return sums;
}

AtRisk at_risk(const Table<Position>& positions) {
  AtRisk sum;
  for (const auto& [strategy, part] : matched_at_risk(positions))
    sum.money += part.money, sum.paper += part.paper;
  return sum;
}

Pence liability(const Order& order) {
  if (order.ended || order.size_remaining <= 0) return 0;
  // What is given for a lay "on close" is the liability itself.
  const bool on_close = order.order_type == "LIMIT_ON_CLOSE" || order.order_type == "MARKET_ON_CLOSE";
  if (order.back || on_close || order.price <= 100) return order.size_remaining;
  Pence product = 0;
  if (__builtin_mul_overflow(order.size_remaining, order.price - 100, &product)) return kMostPence;
  return product / 100;
}

std::map<std::string_view, AtRisk> exposures(const Model& model) {
  auto sums = matched_at_risk(model.positions);
  for (const std::int64_t id : model.open_orders) {
    const Order& order = model.orders.find_id(id)->row;
    AtRisk& sum = sums[order.strategy];
    (order.simulated ? sum.paper : sum.money) += liability(order);
  }
  return sums;
}

}  // namespace steward::state
