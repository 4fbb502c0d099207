#include "trading/reporter.hpp"

#include "base/log.hpp"

namespace steward::trading {

namespace {
std::optional<Pence> unless_zero(Pence amount) {
  return amount == 0 ? std::nullopt : std::optional(amount);
}
}  // namespace

JsonWriter& Reporter::begin(std::string_view type) {
  return writer_.event(type).field("strategy", strategy_);
}

void Reporter::write(JsonWriter& event) {
  const Status written = writer_.write(event);
  if (!written && !std::exchange(told_loss_, true)) {
    log::error("{}; trading goes on, the journal of this run has gaps", written.error().text());
  }
}

void Reporter::market_opened(const MarketBook& book) {
  const betfair::MarketDefinition& market = book.definition();
  write(journal::add_market(begin("market.opened"), {.market_id = book.market_id(),
                                                     .market_type = market.market_type,
                                                     .market_name = market.name,
                                                     .event_name = market.event_name,
                                                     .venue = market.venue,
                                                     .market_time = market.market_time}));
}

void Reporter::market_status(const MarketBook& book) {
  const betfair::MarketDefinition& market = book.definition();
  write(journal::add_market(begin("market.status"), {.market_id = book.market_id(),
                                                     .status = name_of(market.status),
                                                     .in_play = market.in_play,
                                                     .bet_delay = market.bet_delay,
                                                     .version = market.version}));
}

void Reporter::market_closed(const MarketBook& book) {
  write(journal::add_market(begin("market.closed"), {.market_id = book.market_id()}));
}

void Reporter::order(const Order& order, OrderEvent event, const MarketBook& book, std::int64_t latency_ns) {
  journal::OrderFields fields{.customer_order_ref = order.customer_order_ref,
                              .bet_id = order.bet_id,
                              .market_id = book.market_id(),
                              .market_type = book.definition().market_type,
                              .selection_id = order.request.selection_id,
                              .handicap = unless_zero(order.request.handicap),
                              .side = name_of(order.request.side),
                              .order_type = "LIMIT",
                              .persistence_type = name_of(order.request.persistence),
                              .price = order.request.price,
                              .size = order.request.size,
                              .size_matched = order.size_matched,
                              .size_remaining = order.size_remaining(),
                              .size_cancelled = unless_zero(order.size_cancelled),
                              .size_lapsed = unless_zero(order.size_lapsed),
                              .size_voided = unless_zero(order.size_voided),
                              .simulated = true};
  if (order.size_matched > 0) fields.average_price_matched = order.average_price_matched;
  if (event == OrderEvent::rejected) fields.error_code = order.error_code;
  if (event == OrderEvent::placed || event == OrderEvent::rejected) fields.latency_ns = latency_ns;
  if (event == OrderEvent::settled) fields.profit = order.profit;
  write(journal::add_order(begin("order." + std::string(name_of(event))), fields));
}

void Reporter::position(const MarketBook& book, std::int64_t selection_id, std::int64_t handicap,
                        const Exposure& exposure) {
  write(journal::add_position(begin("position"), {.market_id = book.market_id(),
                                                  .selection_id = selection_id,
                                                  .handicap = handicap,
                                                  .if_win = exposure.if_win,
                                                  .if_lose = exposure.if_lose,
                                                  .simulated = true}));
}

void Reporter::pnl(const MarketBook& book, const MarketProfit& profit) {
  write(journal::add_pnl(begin("pnl"), {.market_id = book.market_id(),
                                        .currency = "GBP",
                                        .realized = profit.realized,
                                        .unrealized = profit.unrealized,
                                        .commission = profit.commission,
                                        .simulated = true}));
}

void Reporter::stream(std::int64_t lag_ns, std::int64_t age_ns, std::size_t markets) {
  write(begin("stream").field("lag_ns", lag_ns).field("age_ns", age_ns).field("markets", markets));
}

void Reporter::note(std::string_view text, std::string_view level) {
  write(begin("note").field("text", text).field("level", level));
}

void Reporter::counter(std::string_view name, std::int64_t value) {
  write(begin("metric").field("name", name).field("kind", "counter").field("value", value));
}

}  // namespace steward::trading
