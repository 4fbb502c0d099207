#pragma once

#include "state/model.hpp"

/// The natural keys of the model's rows, and their columns: `columns(row, visit)` calls visit("name", field)
/// for each, so that one piece of code writes and reads every table.
namespace steward::state {

inline std::string key_of(const Bot& row) {
  return row.name;
}
inline std::string key_of(const Order& row) {
  return key_from(row.bot, row.customer_order_ref);
}
inline std::string key_of(const Market& row) {
  return key_from(row.bot, row.market_id);
}
inline std::string key_of(const Position& row) {
  return key_from(row.bot, row.strategy, row.market_id, row.selection_id, row.handicap);
}
inline std::string key_of(const Profit& row) {
  return key_from(row.bot, row.strategy);
}
std::string key_of(const Ledger& row);
inline std::string key_of(const DayBook& row) {
  return key_from(row.bot, row.strategy, row.day);
}
inline std::string key_of(const OrdersPlaced& row) {
  return key_from(row.bot, row.strategy, row.market_type);
}
inline std::string key_of(const StrategyLatency& row) {
  return key_from(row.bot, row.strategy);
}
std::string key_of(const Series& row);
inline std::string key_of(const ScrapedStrategy& row) {
  return key_from(row.bot, row.strategy);
}
inline std::string key_of(const ScrapedLatency& row) {
  return row.bot;
}
inline std::string key_of(const Activity& row) {
  return key_from(row.bot, row.strategy);
}
inline std::string key_of(const HourBook& row) {
  return key_from(row.bot, row.strategy, row.hour);
}
inline std::string key_of(const Note& row) {
  return key_from(row.bot, row.at, row.level, row.text);
}
inline std::string key_of(const BadLine& row) {
  return key_from(row.bot, row.file, row.offset);
}
inline std::string key_of(const Keeper&) {
  return "keeper";
}

template <class R, class Visit>
void journal_columns(R& r, Visit&& visit) {
  visit("journal_events", r.journal_events), visit("journal_bad_lines", r.journal_bad_lines);
  visit("journal_unknown", r.journal_unknown), visit("journal_shrunk", r.journal_shrunk);
  visit("last_event", r.last_event);
}

template <class R, class T>
concept RowOf = std::same_as<std::remove_const_t<R>, T>;

template <RowOf<Bot> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("name", r.name), visit("state", r.state), visit("state_reason", r.state_reason);
  visit("status_text", r.status_text), visit("state_since", r.state_since), visit("next_start", r.next_start);
  visit("run", r.run), visit("pid", r.pid), visit("cgroup", r.cgroup), visit("started_at", r.started_at);
  visit("restarts", r.restarts);
  visit("exit_at", r.last_exit.at), visit("exit_unknown", r.last_exit.unknown);
  visit("exit_code", r.last_exit.exit_code), visit("exit_signal", r.last_exit.signal);
  visit("exit_run", r.last_exit.run), visit("exit_reason", r.last_exit.reason);
  visit("exit_uptime_ns", r.last_exit.uptime_ns);
  visit("exits", r.exits), visit("watchdog_missed", r.watchdog_missed);
  visit("gate_open", r.gate_open), visit("gate_epoch", r.gate_epoch);
  visit("gate_reason", r.gate_reason), visit("staged", r.staged), visit("removed", r.removed);
  visit("output_lines_dropped", r.output_lines_dropped),
      visit("output_dropped_before", r.output_dropped_before);
  visit("series_refused", r.series_refused), visit("errors", r.errors);
  visit("stream_lag_ns", r.stream_lag_ns), visit("stream_age_ns", r.stream_age_ns);
  visit("stream_markets", r.stream_markets);
  journal_columns(r, visit);
}

template <RowOf<Order> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("run", r.run), visit("strategy", r.strategy);
  visit("customer_order_ref", r.customer_order_ref), visit("bet_id", r.bet_id),
      visit("market_id", r.market_id);
  visit("market_type", r.market_type), visit("selection_id", r.selection_id), visit("handicap", r.handicap);
  visit("back", r.back), visit("order_type", r.order_type), visit("persistence_type", r.persistence_type);
  visit("error_code", r.error_code), visit("price", r.price);
  visit("average_price_matched", r.average_price_matched), visit("size", r.size);
  visit("size_matched", r.size_matched), visit("size_remaining", r.size_remaining);
  visit("size_cancelled", r.size_cancelled), visit("size_lapsed", r.size_lapsed);
  visit("size_voided", r.size_voided), visit("profit", r.profit), visit("status", r.status);
  visit("simulated", r.simulated), visit("counted", r.counted), visit("ended", r.ended);
  visit("created", r.created), visit("updated", r.updated), visit("latency_ns", r.latency_ns);
  visit("answered", r.answered);
}

template <RowOf<Market> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("run", r.run), visit("market_id", r.market_id),
      visit("market_type", r.market_type);
  visit("market_name", r.market_name), visit("event_name", r.event_name), visit("venue", r.venue);
  visit("status", r.status), visit("market_time", r.market_time), visit("updated", r.updated);
  visit("in_play", r.in_play), visit("closed", r.closed), visit("ended", r.ended);
  visit("bet_delay", r.bet_delay), visit("version", r.version);
}

template <RowOf<Position> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("run", r.run), visit("strategy", r.strategy), visit("market_id", r.market_id);
  visit("selection_id", r.selection_id), visit("handicap", r.handicap), visit("if_win", r.if_win);
  visit("if_lose", r.if_lose), visit("simulated", r.simulated), visit("updated", r.updated);
}

template <RowOf<Profit> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("currency", r.currency),
      visit("realized", r.realized);
  visit("commission", r.commission), visit("unrealized", r.unrealized);
  visit("high_day", r.high_day), visit("high", r.high), visit("high_booked", r.high_booked);
}

template <RowOf<Ledger> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("market_id", r.market_id), visit("run", r.run);
  visit("simulated", r.simulated), visit("counted", r.counted), visit("realized", r.realized);
  visit("commission", r.commission), visit("unrealized", r.unrealized);
}

template <RowOf<DayBook> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("day", r.day), visit("realized", r.realized);
  visit("commission", r.commission);
}

template <RowOf<OrdersPlaced> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("market_type", r.market_type),
      visit("count", r.count);
  visit("count_before", r.before), visit("count_newest", r.newest);
}

template <RowOf<StrategyLatency> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("buckets", r.buckets), visit("count", r.count);
  visit("sum_ns", r.sum_ns);
}

template <RowOf<Series> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("name", r.name), visit("labels", r.labels), visit("value", r.value);
  visit("counter", r.counter), visit("scraped", r.scraped), visit("run", r.run);
  visit("value_before", r.before), visit("value_newest", r.newest);
}

template <RowOf<ScrapedStrategy> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("active_positions", r.active_positions);
  visit("unrealized", r.unrealized);
}

template <RowOf<ScrapedLatency> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("buckets", r.buckets), visit("count", r.count), visit("sum_ns", r.sum_ns);
  visit("buckets_before", r.before.buckets), visit("count_before", r.before.count);
  visit("sum_before_ns", r.before.sum_ns), visit("buckets_newest", r.newest.buckets);
  visit("count_newest", r.newest.count), visit("sum_newest_ns", r.newest.sum_ns);
}

template <RowOf<Activity> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("rejected", r.rejected), visit("since", r.since);
}

template <RowOf<HourBook> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("strategy", r.strategy), visit("hour", r.hour), visit("placed", r.placed);
  visit("transactions", r.transactions);
}

template <RowOf<Note> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("level", r.level), visit("text", r.text), visit("at", r.at);
}

template <RowOf<BadLine> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("file", r.file), visit("offset", r.offset), visit("reason", r.reason),
      visit("at", r.at);
}

template <RowOf<Keeper> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("pid", r.pid), visit("version", r.version), visit("how", r.how), visit("started_at", r.started_at);
  visit("stopping", r.stopping), visit("troubles", r.troubles);
  journal_columns(r, visit);
}

}  // namespace steward::state
