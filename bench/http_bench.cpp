// links: steward_dashboard
// The agent's HTTP server over made-up facts: http_bench PORT. bench/http.sh times it beside nginx and
// gunicorn.
#include <csignal>

#include <cstdio>
#include <cstdlib>

#include "dashboard/dashboard.hpp"
#include "dashboard/exposure.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"

using namespace steward;

namespace {

constexpr std::int64_t kMinute = 60 * kSecond;

dashboard::BotView bot(const char* name, const char* state, std::int64_t age_minutes, Pence pnl) {
  dashboard::BotView view;
  view.bot.name = name, view.bot.state = state;
  view.bot.pid = 4000 + static_cast<int>(age_minutes);
  view.bot.started_at = view.bot.state_since = SystemClock().wall() - age_minutes * kMinute;
  view.bot.last_event = SystemClock().wall() - 2 * kSecond;
  view.memory_bytes = 61'234'176, view.cpu_percent = 3.4;
  view.orders = 40 + age_minutes, view.open_orders = 2, view.positions = 3;
  view.currency = "GBP", view.daily_pnl = pnl, view.unrealized = pnl / 4;
  return view;
}

void add_bots(dashboard::Overview& now) {
  now.bots.push_back(bot("back-favourite", "ready", 412, 4310));
  now.bots.push_back(bot("lay-the-drifter", "ready", 411, -1275));
  auto held = bot("greyhounds", "held", 3, 0);
  held.bot.pid = 0, held.bot.gate_open = false, held.bot.gate_reason = "halted by alice: odd prices";
  held.bot.last_exit = {.at = now.now - 3 * kMinute,
                        .exit_code = 0,
                        .reason = "exit 0, asked to stop",
                        .uptime_ns = 90 * kMinute};
  now.bots.push_back(held);
  auto back_off = bot("tennis-inplay", "backing-off", 1, -320);
  back_off.bot.restarts = 4, back_off.bot.state_reason = "exit 1 after 12 s, next start in 40 s",
  back_off.bot.pid = 0;
  back_off.bot.last_exit = {
      .at = now.now - 20 * kSecond, .exit_code = 1, .reason = "exit 1", .uptime_ns = 12 * kSecond};
  now.bots.push_back(back_off);
  for (const auto& view : now.bots) {
    now.health.bots.push_back({view.bot.name, view.bot.state,
                               view.bot.state == "held" ? view.bot.gate_reason : view.bot.state_reason});
  }
}

void add_markets(dashboard::Overview& now) {
  const char* const venues[] = {"Ascot", "Kempton", "Wolverhampton", "Lingfield"};
  for (int i = 0; i < 4; ++i) {
    const std::string id = "1.20080692" + std::to_string(i);
    now.markets.push_back({.market_id = id,
                           .market_type = "WIN",
                           .market_name = "5f Hcap",
                           .event_name = venues[i],
                           .status = "OPEN",
                           .market_time = now.now + i * kMinute,
                           .in_play = i == 0});
    now.positions.push_back({.bot = "back-favourite",
                             .strategy = "back-favourite",
                             .market_id = id,
                             .selection_id = 35467839 + i,
                             .if_win = 1840 - 300 * i,
                             .if_lose = -1000 + 210 * i,
                             .simulated = true});
  }
}

/// The same facts every time, at the present second.
struct MadeUp final : dashboard::Facts {
  dashboard::Overview overview() override {
    dashboard::Overview now;
    now.now = SystemClock().wall();
    now.timezone = "Europe/London", now.currency = "GBP", now.version = "0.1.0",
    now.uptime_ns = 413 * kMinute;
    add_bots(now);
    add_markets(now);
    now.daily_pnl = {{"GBP", 2715}}, now.unrealized = {{"GBP", 618}};
    now.total_orders = 1043, now.open_orders = 6, now.active_positions = 4, now.active_markets = 4,
    now.active_strategies = 2;
    now.at_risk_paper = dashboard::at_risk(now.positions).paper;
    now.changes = {
        {now.now - 20 * kSecond, "tennis-inplay", "warning", "exit 1 after 12 s; starts again in 40 s"},
        {now.now - 3 * kMinute, "greyhounds", "info", "gate closed by alice: odd prices"},
        {now.now - 41 * kMinute, "back-favourite", "info", "market 1.200806921 settled: +£12.40"}};
    return now;
  }
  dashboard::OrderPage orders(const dashboard::OrderQuery& query) override {
    dashboard::OrderPage page;
    using enum state::OrderStatus;
    const state::OrderStatus statuses[] = {executable, complete, settled, rejected, settled};
    for (int i = 0; i < 5 && page.orders.size() < query.limit; ++i) {
      const bool matched = i == 1 || i == 2 || i == 4;
      state::Order order{.bot = "back-favourite",
                         .strategy = i % 2 == 0 ? "back-favourite" : "lay-the-drifter",
                         .customer_order_ref = "r" + std::to_string(i),
                         .market_id = "1.20080692" + std::to_string(i % 4),
                         .market_type = "WIN",
                         .selection_id = 35467839 + i,
                         .back = i % 2 == 0,
                         .order_type = "LIMIT",
                         .price = 350 + 15 * i,
                         .average_price_matched = matched ? 352 + 15 * i : 0,
                         .size = 200,
                         .size_matched = matched ? 200 : 0,
                         .profit = i == 2 ? 504 : -200,
                         .status = statuses[i],
                         .simulated = true};
      if (i == 3) order.error_code = "BET_TAKEN_OR_LAPSED";
      order.created = order.updated = SystemClock().wall() - i * 95 * kSecond;
      page.orders.emplace_back(1043 - i, order);
    }
    return page;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto endpoint = net::parse_endpoint("127.0.0.1:" + std::string(argc > 1 ? argv[1] : "18080"));
  auto socket = endpoint ? net::listen_tcp(*endpoint, "dashboard") : std::unexpected(endpoint.error());
  if (!socket) {
    std::fprintf(stderr, "%s\n", socket.error().text().c_str());
    return 1;
  }
  const SystemClock clock;
  net::EventLoop loop;
  MadeUp facts;
  const auto render = [](std::string_view) {
    return dashboard::Exposition{"text/plain; version=0.0.4",
                                 "# TYPE orders_placed_total counter\norders_placed_total 1043\n"};
  };
  dashboard::Dashboard dashboard(facts, render, clock);
  net::HttpServer server(loop, clock, std::move(*socket), dashboard.routes(), {});
  loop.every(kSecond, [&] { dashboard.publish(); });
  loop.on_signals({SIGTERM, SIGINT}, [&](int) { loop.stop(); });
  loop.run();
}
