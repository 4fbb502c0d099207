#include "trading/reporter.hpp"

namespace steward::trading {

JsonWriter& Reporter::begin(std::string_view type) {
  json_.clear();
  return json_.object().field("t", clock_.wall()).field("type", type).field("strategy", strategy_);
}

JsonWriter& Reporter::begin_market(std::string_view type, const MarketBook& book) {
  return begin(type).field("market_id", book.market_id());
}

void Reporter::money(std::string_view name, std::int64_t hundredths) {
  json_.raw_field(name, format_hundredths(hundredths));
}

void Reporter::finish() {
  json_.end();
  sink_.write(json_.text());
}

void Reporter::market_opened(const MarketBook& book) {
  const betfair::MarketDefinition& market = book.definition();
  begin_market("market.opened", book).field("market_type", market.market_type);
  if (!market.name.empty()) json_.field("market_name", market.name);
  if (!market.event_name.empty()) json_.field("event_name", market.event_name);
  if (!market.venue.empty()) json_.field("venue", market.venue);
  json_.field("market_time", market.market_time);
  finish();
}

void Reporter::market_status(const MarketBook& book) {
  const betfair::MarketDefinition& market = book.definition();
  begin_market("market.status", book)
      .field("status", name_of(market.status))
      .field("in_play", market.in_play)
      .field("bet_delay", market.bet_delay)
      .field("version", market.version);
  finish();
}

void Reporter::market_closed(const MarketBook& book) {
  begin_market("market.closed", book);
  finish();
}

void Reporter::order(const Order& order, OrderEvent event, const MarketBook& book, std::int64_t latency_ns) {
  begin_market("order." + std::string(name_of(event)), book)
      .field("market_type", book.definition().market_type)
      .field("customer_order_ref", order.customer_order_ref);
  if (!order.bet_id.empty()) json_.field("bet_id", order.bet_id);
  json_.field("selection_id", order.request.selection_id);
  if (order.request.handicap != 0) money("handicap", order.request.handicap);
  json_.field("side", name_of(order.request.side)).field("order_type", "LIMIT");
  json_.field("persistence_type", name_of(order.request.persistence));
  money("price", order.request.price);
  money("size", order.request.size);
  money("size_matched", order.size_matched);
  if (order.size_matched > 0) money("average_price_matched", order.average_price_matched);
  money("size_remaining", order.size_remaining());
  if (order.size_cancelled != 0) money("size_cancelled", order.size_cancelled);
  if (order.size_lapsed != 0) money("size_lapsed", order.size_lapsed);
  if (order.size_voided != 0) money("size_voided", order.size_voided);
  if (event == OrderEvent::rejected) json_.field("error_code", order.error_code);
  if (event == OrderEvent::placed || event == OrderEvent::rejected) json_.field("latency_ns", latency_ns);
  if (event == OrderEvent::settled) money("profit", order.profit);
  json_.field("simulated", true);
  finish();
}

void Reporter::position(const MarketBook& book, std::int64_t selection_id, std::int64_t handicap,
                        const Exposure& exposure) {
  begin_market("position", book).field("selection_id", selection_id);
  if (handicap != 0) money("handicap", handicap);
  money("if_win", exposure.if_win);
  money("if_lose", exposure.if_lose);
  json_.field("simulated", true);
  finish();
}

void Reporter::pnl(const MarketBook& book, const MarketProfit& profit) {
  begin_market("pnl", book);
  money("realized", profit.realized);
  money("unrealized", profit.unrealized);
  money("commission", profit.commission);
  json_.field("currency", "GBP").field("simulated", true);
  finish();
}

void Reporter::stream(std::int64_t lag_ns, std::int64_t age_ns, std::size_t markets) {
  begin("stream").field("lag_ns", lag_ns).field("age_ns", age_ns).field("markets", markets);
  finish();
}

void Reporter::note(std::string_view text, std::string_view level) {
  begin("note").field("text", text).field("level", level);
  finish();
}

void Reporter::counter(std::string_view name, std::int64_t value) {
  begin("metric").field("name", name).field("kind", "counter").field("value", value);
  finish();
}

}  // namespace steward::trading
