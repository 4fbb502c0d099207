#include "trading/market_trader.hpp"

#include <algorithm>

#include "trading/matching.hpp"

namespace steward::trading {

namespace {
constexpr MonoNs kProfitEvery = kSecond;

std::pair<std::int64_t, std::int64_t> key_of(const Order& order) {
  return {order.request.selection_id, order.request.handicap};
}
}  // namespace

MarketTrader::MarketTrader(std::string market_id, TradingContext& context)
    : context_(context), book_(std::move(market_id)), exchange_(context.bet_ids, context.latency, *this) {}

bool MarketTrader::on_change(const betfair::MarketChange& change, std::int64_t publish_time, bool fit) {
  exchange_.before_book(publish_time, book_);
  book_.apply(change, publish_time);
  if (!book_.has_definition()) return true;
  if (change.definition) report_definition();
  if (book_.status() == MarketStatus::closed) {
    settle();
    return false;
  }
  exchange_.after_book(book_, orders_);
  if (fit) {
    ++context_.books;
    context_.strategy.on_market_book(book_, *this);
  }
  report_profit(false);
  return true;
}

bool MarketTrader::gate_open() {
  std::string reason;
  const bool open = context_.gate.open(reason);
  if (!open) ++context_.orders_refused_by_gate;
  if (open != context_.gate_reason.empty()) {
    context_.reporter.note(
        open ? "the gate is open: orders are sent again" : "no order is sent: the gate is closed: " + reason,
        open ? "info" : "warning");
  }
  context_.gate_reason = open ? std::string() : reason;
  return open;
}

Order& MarketTrader::add_order(const OrderRequest& request) {
  Order& order = orders_.emplace_back();
  order.request = request;
  order.created = book_.publish_time();
  order.customer_order_ref = fmt::format("{}-{}", context_.ref_prefix, ++context_.refs);
  context_.reporter.order(order, OrderEvent::intent, book_, 0);
  return order;
}

Order* MarketTrader::place(const OrderRequest& request) {
  if (request.size <= 0 || request.price <= 100 || !gate_open()) return nullptr;
  Order& order = add_order(request);
  exchange_.send_place(order, book_);
  return &order;
}

bool MarketTrader::cancel(Order& order, Pence reduction) {
  if (order.status != OrderStatus::executable) return false;
  exchange_.send_cancel(order, book_, reduction);
  return true;
}

Order* MarketTrader::replace(Order& order, Price price) {
  if (order.status != OrderStatus::executable || price <= 100 || !gate_open()) return nullptr;
  OrderRequest request = order.request;
  request.price = price;
  request.size = order.size_remaining();
  Order& replacement = add_order(request);
  exchange_.send_replace(order, replacement, book_);
  return &replacement;
}

void MarketTrader::on_order(Order& order, OrderEvent event, std::int64_t latency_ms) {
  context_.orders_placed += event == OrderEvent::placed;
  context_.orders_rejected += event == OrderEvent::rejected;
  context_.reporter.order(order, event, book_, latency_ms * kMillisecond);
  if (event == OrderEvent::matched || event == OrderEvent::voided) report_position(order);
  context_.strategy.on_order_update(order);
}

void MarketTrader::report_definition() {
  if (!std::exchange(opened_, true)) context_.reporter.market_opened(book_);
  const betfair::MarketDefinition& market = book_.definition();
  if (told_status_ == market.status && told_in_play_ == market.in_play && told_version_ == market.version)
    return;
  told_status_ = market.status, told_in_play_ = market.in_play, told_version_ = market.version;
  context_.reporter.market_status(book_);
}

void MarketTrader::report_position(const Order& order) {
  const auto key = key_of(order);
  Exposure& told = positions_[key];
  const Exposure now = exposure_on(orders_, key.first, key.second);
  if (now == told) return;
  told = now;
  context_.reporter.position(book_, key.first, key.second, now);
}

MarketProfit MarketTrader::profit_now() {
  MarketProfit profit;
  for (const auto& [key, exposure] : positions_) {
    const RunnerBook* runner = book_.runner(key.first, key.second);
    Pence& last = last_unrealized_[key];
    // A suspended market shows no prices: what it was worth before stands.
    if (runner && (book_.status() == MarketStatus::open || last == 0)) last = unrealized(exposure, *runner);
    profit.unrealized += last;
  }
  return profit;
}

void MarketTrader::report_profit(bool at_once) {
  if (positions_.empty()) return;
  const MonoNs now = context_.clock.mono();
  if (!at_once && now - told_profit_at_ < kProfitEvery) return;
  const MarketProfit profit = profit_now();
  if (profit == told_profit_) return;
  told_profit_ = profit;
  told_profit_at_ = now;
  context_.reporter.pnl(book_, profit);
}

void MarketTrader::count_matched() {
  context_.orders_matched +=
      std::ranges::count_if(orders_, [](const Order& order) { return order.size_matched > 0; });
}

void MarketTrader::settle() {
  exchange_.settle(book_, orders_);
  MarketProfit profit;
  for (const Order& order : orders_) profit.realized += order.profit;
  count_matched();
  profit.commission = commission_on(profit.realized, context_.commission_hundredths);
  if (!positions_.empty()) context_.reporter.pnl(book_, profit);
  context_.realized += profit.realized;
  context_.commission += profit.commission;
  ++context_.markets_settled;
  context_.strategy.on_market_closed(book_);
  context_.reporter.market_closed(book_);
}

void MarketTrader::stop() {
  exchange_.withdraw(book_, orders_);
  count_matched();
  report_profit(true);
}

}  // namespace steward::trading
