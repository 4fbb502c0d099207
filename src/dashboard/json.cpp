#include "dashboard/json.hpp"

#include <algorithm>
#include <array>

#include "alerts/alarm_json.hpp"
#include "alerts/rule.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"

namespace steward::dashboard {

namespace {

constexpr std::array<std::string_view, 6> kStatusNames{"intent",   "executable", "complete",
                                                       "rejected", "unknown",    "settled"};

void time_field(JsonWriter& w, std::string_view name, WallNs at) {
  w.key(name);
  at == 0 ? w.null() : w.value(format_utc(at));
}

void text_field(JsonWriter& w, std::string_view name, const std::string& text) {
  w.key(name);
  text.empty() ? w.null() : w.value(text);
}

void money_field(JsonWriter& w, std::string_view name, std::int64_t hundredths) {
  w.raw_field(name, format_hundredths(hundredths));
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns / kMillisecond) / 1000;
}

Pence in_currency(const std::map<std::string, Pence>& sums, const std::string& currency) {
  Pence sum = 0;
  for (const auto& [name, amount] : sums) {
    if (name == currency || name.empty()) sum += amount;
  }
  return sum;
}

void sums_field(JsonWriter& w, std::string_view name, const std::map<std::string, Pence>& sums,
                const std::string& currency) {
  w.object(name);
  if (sums.contains("") || sums.contains(currency) || sums.empty())
    money_field(w, currency, in_currency(sums, currency));
  for (const auto& [other, amount] : sums) {
    if (!other.empty() && other != currency) money_field(w, other, amount);
  }
  w.end();
}

void verdict_fields(JsonWriter& w, const Overview& overview, const Verdict& verdict) {
  w.field("status", health_name(verdict.health)).field("timestamp", format_utc(overview.now));
  w.field("active_strategies", overview.active_strategies).field("active_markets", overview.active_markets);
  w.array("reasons");
  for (const std::string& reason : verdict.reasons) w.value(reason);
  w.end();
}

void exit_field(JsonWriter& w, const state::LastExit& exit) {
  w.key("last_exit");
  if (exit.at == 0) {
    w.null();
    return;
  }
  w.object();
  time_field(w, "at", exit.at);
  w.field("reason", exit.reason).field("uptime_seconds", seconds(exit.uptime_ns));
  w.key("exit_code");
  exit.exit_code < 0 ? w.null() : w.value(exit.exit_code);
  w.key("signal");
  exit.signal == 0 ? w.null() : w.value(exit.signal);
  w.end();
}

void log_field(JsonWriter& w, const logs::Tally& log) {
  w.object("log");
  for (std::size_t i = 0; i < logs::kLevels; ++i) w.field(logs::kLevelNames[i], log.lines[i]);
  w.field("errors", log.errors());
  time_field(w, "last_error_at", log.last_error_at);
  text_field(w, "last_error", log.last_error);
  w.end();
}

void bot_object(JsonWriter& w, const BotView& view, const Overview& overview) {
  const state::Bot& bot = view.bot;
  w.object().field("name", bot.name).field("state", bot.state);
  text_field(w, "state_reason", bot.state_reason);
  time_field(w, "since", bot.state_since);
  time_field(w, "started_at", bot.pid == 0 ? 0 : bot.started_at);
  time_field(w, "next_start", bot.next_start);
  text_field(w, "status_text", bot.status_text);
  text_field(w, "run", bot.run);
  w.key("pid");
  bot.pid == 0 ? w.null() : w.value(bot.pid);
  w.field("restarts", bot.restarts);
  exit_field(w, bot.last_exit);
  w.object("gate").field("open", bot.gate_open).field("epoch", bot.gate_epoch);
  text_field(w, "reason", bot.gate_reason);
  w.end().field("staged", bot.staged);
  w.key("memory_bytes");
  view.memory_bytes < 0 ? w.null() : w.value(view.memory_bytes);
  w.key("cpu_percent");
  view.cpu_percent < 0 ? w.null() : w.value(view.cpu_percent);
  time_field(w, "last_event", bot.last_event);
  w.field("journal_bad_lines", bot.journal_bad_lines).field("output_lines_dropped", bot.output_lines_dropped);
  log_field(w, view.log);
  w.field("orders", view.orders)
      .field("open_orders", view.open_orders)
      .field("active_positions", view.positions);
  money_field(w, "daily_pnl", view.daily_pnl);
  money_field(w, "unrealized", view.unrealized);
  w.field("currency", view.currency.empty() ? overview.currency : view.currency).end();
}

void bots_field(JsonWriter& w, const Overview& overview) {
  w.array("bots");
  for (const BotView& view : overview.bots) bot_object(w, view, overview);
  w.end();
}

void order_object(JsonWriter& w, std::int64_t cursor, const state::Order& order) {
  w.object().field("id", cursor).field("bot", order.bot).field("strategy", order.strategy);
  w.field("customer_order_ref", order.customer_order_ref);
  text_field(w, "bet_id", order.bet_id);
  w.field("market_id", order.market_id);
  text_field(w, "market_type", order.market_type);
  w.field("selection_id", order.selection_id).field("side", order.back ? "BACK" : "LAY");
  text_field(w, "order_type", order.order_type);
  w.field("status", status_name(order.status));
  text_field(w, "error_code", order.error_code);
  money_field(w, "price", order.price);
  money_field(w, "size", order.size);
  money_field(w, "size_matched", order.size_matched);
  money_field(w, "average_price_matched", order.average_price_matched);
  money_field(w, "size_remaining", order.size_remaining);
  w.key("profit");
  order.status == state::OrderStatus::settled ? w.raw(format_hundredths(order.profit)) : w.null();
  w.field("simulated", order.simulated);
  time_field(w, "created", order.created);
  time_field(w, "updated", order.updated);
  w.key("latency_seconds");
  order.latency_ns < 0 ? w.null() : w.value(static_cast<double>(order.latency_ns) / 1e9);
  w.end();
}

void orders_field(JsonWriter& w, const OrderPage& page) {
  w.array("orders");
  for (const auto& [cursor, order] : page.orders) order_object(w, cursor, order);
  w.end();
}

void positions_field(JsonWriter& w, const Overview& overview) {
  w.array("positions");
  for (const state::Position& position : overview.positions) {
    w.object()
        .field("bot", position.bot)
        .field("strategy", position.strategy)
        .field("market_id", position.market_id);
    w.field("selection_id", position.selection_id);
    money_field(w, "if_win", position.if_win);
    money_field(w, "if_lose", position.if_lose);
    w.field("simulated", position.simulated).end();
  }
  w.end();
}

void markets_field(JsonWriter& w, const Overview& overview) {
  w.array("markets");
  for (const state::Market& market : overview.markets) {
    w.object().field("market_id", market.market_id);
    text_field(w, "market_type", market.market_type);
    text_field(w, "market_name", market.market_name);
    text_field(w, "event_name", market.event_name);
    text_field(w, "venue", market.venue);
    text_field(w, "status", market.status);
    time_field(w, "market_time", market.market_time);
    w.field("in_play", market.in_play).end();
  }
  w.end();
}

void changes_field(JsonWriter& w, const Overview& overview) {
  w.array("changes");
  for (const Change& change : overview.changes) {
    w.object();
    time_field(w, "at", change.at);
    text_field(w, "bot", change.bot);
    w.field("level", change.level).field("text", change.text).end();
  }
  w.end();
}

void totals_fields(JsonWriter& w, const Overview& overview) {
  w.field("currency", overview.currency);
  money_field(w, "daily_pnl", in_currency(overview.daily_pnl, overview.currency));
  money_field(w, "unrealized_pnl", in_currency(overview.unrealized, overview.currency));
  sums_field(w, "daily_pnl_by_currency", overview.daily_pnl, overview.currency);
  w.field("total_orders", overview.total_orders).field("open_orders", overview.open_orders);
  w.field("active_positions", overview.active_positions);
}

void alarm_object(JsonWriter& w, const AlarmShown& shown) {
  const alerts::Alarm& alarm = shown.alarm;
  w.object().field("id", alerts::id_text(alarm.fingerprint)).field("rule", alarm.rule).object("labels");
  for (const auto& [name, value] : alarm.labels) w.field(name, value);
  w.end().field("severity", alerts::name_of(alarm.severity)).field("state", alerts::name_of(alarm.state));
  w.field("summary", alarm.summary).field("value", alarm.value);
  text_field(w, "runbook", alarm.runbook);
  time_field(w, "pending_since", alarm.pending_since);
  time_field(w, "firing_since", alarm.firing_since);
  text_field(w, "acknowledged_by", alarm.acknowledged_by);
  text_field(w, "acknowledgement", alarm.acknowledgement);
  w.array("done");
  for (const std::string& sentence : alarm.done) w.value(sentence);
  w.end().key("silence");
  shown.silence == 0 ? w.null() : w.value(shown.silence);
  w.field("inhibited", shown.inhibited).end();
}

void alarms_field(JsonWriter& w, const std::vector<AlarmShown>& alarms) {
  w.array("alarms");
  for (const AlarmShown& shown : alarms) alarm_object(w, shown);
  w.end();
}

}  // namespace

std::string_view status_name(state::OrderStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::optional<state::OrderStatus> status_named(std::string_view name) {
  const auto at = std::ranges::find(kStatusNames, name);
  if (at == kStatusNames.end()) return std::nullopt;
  return static_cast<state::OrderStatus>(at - kStatusNames.begin());
}

std::string health_json(const Overview& overview, const Verdict& verdict) {
  JsonWriter w;
  w.object();
  verdict_fields(w, overview, verdict);
  const auto ready =
      std::ranges::count_if(overview.bots, [](const BotView& view) { return view.bot.state == "ready"; });
  w.object("bots").field("total", overview.bots.size()).field("ready", ready).end();
  w.field("version", overview.version).end();
  return w.take() + "\n";
}

std::string numbers_json(const Overview& overview) {
  JsonWriter w;
  w.object();
  totals_fields(w, overview);
  w.field("system_uptime", seconds(overview.uptime_ns)).field("timezone", overview.timezone);
  w.field("timestamp", format_utc(overview.now)).end();
  return w.take() + "\n";
}

std::string bots_json(const Overview& overview) {
  JsonWriter w;
  w.object();
  bots_field(w, overview);
  w.end();
  return w.take() + "\n";
}

std::string state_json(const Overview& overview, const Verdict& verdict, const OrderPage& newest) {
  JsonWriter w;
  w.object().field("version", overview.version).field("timezone", overview.timezone);
  w.field("uptime_seconds", seconds(overview.uptime_ns)).object("health");
  verdict_fields(w, overview, verdict);
  w.end().object("totals");
  totals_fields(w, overview);
  money_field(w, "at_risk", overview.at_risk);
  money_field(w, "at_risk_paper", overview.at_risk_paper);
  w.end();
  alarms_field(w, overview.alarms);
  w.field("firing_alarms", overview.firing_alarms);
  bots_field(w, overview);
  backup::write_views(w, overview.backups, overview.now, backup::TimeStyle::utc_and_seconds);
  positions_field(w, overview);
  markets_field(w, overview);
  orders_field(w, newest);
  changes_field(w, overview);
  w.end();
  return w.take();
}

std::string backups_json(const Overview& overview) {
  JsonWriter w;
  w.object();
  backup::write_views(w, overview.backups, overview.now, backup::TimeStyle::utc_and_seconds);
  w.end();
  return w.take() + "\n";
}

std::string alarms_json(const AlarmPage& page, const AlarmQuery& query) {
  JsonWriter w;
  w.object();
  alarms_field(w, page.alarms);
  w.key("next");
  page.more ? w.value(std::to_string(query.after + static_cast<std::int64_t>(page.alarms.size()))) : w.null();
  return w.end().take() + "\n";
}

std::string orders_json(const Overview& overview, const OrderPage& page) {
  JsonWriter w;
  w.object().field("currency", overview.currency);
  orders_field(w, page);
  w.key("next");
  page.more && !page.orders.empty() ? w.value(std::to_string(page.orders.back().first)) : w.null();
  w.end();
  return w.take() + "\n";
}

}  // namespace steward::dashboard
