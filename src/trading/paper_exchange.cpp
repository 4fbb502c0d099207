#include "trading/paper_exchange.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "trading/matching.hpp"

namespace steward::trading {

namespace {
void complete(Order& order, std::int64_t now) {
  order.status = OrderStatus::execution_complete;
  order.completed = now;
}

/// Live orders as the exchange goes through them: lays from the highest price, then backs from the lowest; at
/// the same price, the earlier first.
std::vector<Order*> in_matching_order(std::deque<Order>& orders) {
  std::vector<std::tuple<bool, Price, std::size_t>> keys;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    if (!orders[i].live()) continue;
    const bool back = orders[i].request.side == Side::back;
    keys.emplace_back(back, back ? orders[i].request.price : -orders[i].request.price, i);
  }
  std::ranges::sort(keys);
  std::vector<Order*> live;
  for (const auto& [back, price, i] : keys) live.push_back(&orders[i]);
  return live;
}
}  // namespace

std::string_view name_of(OrderEvent event) {
  switch (event) {
    case OrderEvent::intent:
      return "intent";
    case OrderEvent::placed:
      return "placed";
    case OrderEvent::rejected:
      return "rejected";
    case OrderEvent::matched:
      return "matched";
    case OrderEvent::cancelled:
      return "cancelled";
    case OrderEvent::lapsed:
      return "lapsed";
    case OrderEvent::voided:
      return "voided";
    case OrderEvent::settled:
      return "settled";
  }
  return "";
}

void PaperExchange::send_place(Order& order, const MarketBook& book) {
  const std::int64_t delay = latency_.place + book.definition().bet_delay * std::int64_t{1000};
  requests_.push_back({Kind::place, &order, nullptr, 0, book.publish_time(), delay});
}

void PaperExchange::send_cancel(Order& order, const MarketBook& book, Pence reduction) {
  order.status = OrderStatus::cancelling;
  requests_.push_back({Kind::cancel, &order, nullptr, reduction, book.publish_time(), latency_.cancel});
}

void PaperExchange::send_replace(Order& order, Order& replacement, const MarketBook& book) {
  order.status = OrderStatus::replacing;
  const std::int64_t delay = latency_.replace + book.definition().bet_delay * std::int64_t{1000};
  requests_.push_back({Kind::replace, &order, &replacement, 0, book.publish_time(), delay});
}

void PaperExchange::before_book(std::int64_t publish_time, const MarketBook& held) {
  for (auto at = requests_.begin(); at != requests_.end();) {
    if (publish_time - at->sent <= at->delay) {
      ++at;
      continue;
    }
    const Request due = *at;
    at = requests_.erase(at);
    answer(due, publish_time, held);
  }
}

void PaperExchange::answer(const Request& request, std::int64_t now, const MarketBook& held) {
  const std::int64_t latency = now - request.sent;
  if (request.kind == Kind::place) return place(*request.order, latency, now, held);
  const Pence before = request.order->size_cancelled;
  const bool cancelled = cancel(*request.order, request.reduction, held, now);
  if (request.kind == Kind::cancel) return;
  if (!cancelled) return refuse(*request.replacement, "RELATED_ACTION_FAILED", latency, now);
  request.replacement->request.size = request.order->size_cancelled - before;
  place(*request.replacement, latency, now, held);
}

void PaperExchange::place(Order& order, std::int64_t latency, std::int64_t now, const MarketBook& held) {
  const std::string_view code = place_order(order, held);
  if (!code.empty()) return refuse(order, code, latency, now);
  order.bet_id = ids_.next();
  order.placed = now;
  order.status = OrderStatus::executable;
  listener_.on_order(order, OrderEvent::placed, latency);
  if (order.size_matched > 0) listener_.on_order(order, OrderEvent::matched, 0);
}

void PaperExchange::refuse(Order& order, std::string_view code, std::int64_t latency, std::int64_t now) {
  order.error_code = code;
  order.size_voided = order.request.size;
  complete(order, now);
  listener_.on_order(order, OrderEvent::rejected, latency);
}

bool PaperExchange::cancel(Order& order, Pence reduction, const MarketBook& held, std::int64_t now) {
  if (order.status == OrderStatus::execution_complete) return false;
  order.status = OrderStatus::executable;
  if (held.status() != MarketStatus::open || order.size_remaining() == 0) return false;
  const Pence remaining = order.size_remaining();
  order.size_cancelled += reduction > 0 ? std::min(reduction, remaining) : remaining;
  if (order.size_remaining() == 0) complete(order, now);
  listener_.on_order(order, OrderEvent::cancelled, 0);
  return true;
}

void PaperExchange::after_book(const MarketBook& book, std::deque<Order>& orders) {
  remove_runners(book, orders);
  match(book, orders);
  for (Order& order : orders) {
    if (!order.live()) continue;
    const bool at_starting_price =
        order.request.persistence == Persistence::market_on_close && order.sp_reconciled;
    if (order.size_remaining() == 0 || at_starting_price) complete(order, book.publish_time());
  }
}

void PaperExchange::remove_runners(const MarketBook& book, std::deque<Order>& orders) {
  for (const RunnerBook& runner : book.runners()) {
    if (runner.status != RunnerStatus::removed) continue;
    if (!removed_.emplace(runner.selection_id, runner.handicap).second) continue;
    for (Order& order : orders) {
      if (order.bet_id.empty() || order.size_voided == order.request.size) continue;
      const bool own = runner.is(order.request.selection_id, order.request.handicap);
      const bool adjusted = !own && order.size_matched > 0 && runner.adjustment_factor.value_or(0) > 0;
      if (own) void_order(order);
      if (adjusted) reduce_prices(order, *runner.adjustment_factor);
      if (own) listener_.on_order(order, OrderEvent::voided, 0);
      if (adjusted) listener_.on_order(order, OrderEvent::matched, 0);
    }
  }
}

void PaperExchange::match(const MarketBook& book, std::deque<Order>& orders) {
  const std::vector<Order*> live = in_matching_order(orders);
  if (live.empty()) return;
  std::map<const RunnerBook*, std::vector<Traded>> traded;
  for (Order* order : live) {
    const RunnerBook* runner = book.runner(order->request.selection_id, order->request.handicap);
    if (!runner) continue;
    const bool active = runner->status == RunnerStatus::active;
    auto& volumes =
        traded.try_emplace(runner, active ? traded_since(*runner) : std::vector<Traded>{}).first->second;
    const Pence matched = order->size_matched, lapsed = order->size_lapsed;
    match_order(*order, book, *runner, volumes);
    if (order->size_matched != matched) listener_.on_order(*order, OrderEvent::matched, 0);
    if (order->size_lapsed != lapsed) listener_.on_order(*order, OrderEvent::lapsed, 0);
  }
}

void PaperExchange::settle(const MarketBook& book, std::deque<Order>& orders) {
  const std::int64_t now = book.publish_time();
  for (const Request& request : requests_) {
    Order& waiting = request.kind == Kind::replace ? *request.replacement : *request.order;
    if (request.kind != Kind::cancel) refuse(waiting, "MARKET_NOT_OPEN_FOR_BETTING", now - request.sent, now);
  }
  requests_.clear();
  remove_runners(book, orders);
  for (Order& order : orders) {
    if (order.bet_id.empty()) continue;
    if (const Pence remaining = order.size_remaining(); remaining > 0) {
      order.size_lapsed += remaining;
      listener_.on_order(order, OrderEvent::lapsed, 0);
    }
    if (order.live()) complete(order, now);
    order.profit = settled_profit(order, book.definition());
    if (order.size_matched > 0) listener_.on_order(order, OrderEvent::settled, 0);
  }
}

void PaperExchange::withdraw(const MarketBook& book, std::deque<Order>& orders) {
  const std::int64_t now = book.publish_time();
  requests_.clear();
  for (Order& order : orders) {
    if (order.status == OrderStatus::execution_complete) continue;
    order.size_cancelled += order.size_remaining();
    complete(order, now);
    listener_.on_order(order, OrderEvent::cancelled, 0);
  }
}

}  // namespace steward::trading
