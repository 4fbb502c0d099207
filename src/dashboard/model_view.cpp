#include "dashboard/model_view.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "state/exposure.hpp"

namespace steward::dashboard {

namespace {

constexpr std::int64_t kRecent = 15 * 60 * kSecond;
constexpr std::size_t kMostChanges = 30;
constexpr std::string_view kAgent = "agent";  // a bot to the keeper, not to people

bool running(const state::Bot& bot) {
  return bot.pid != 0 && bot.state != "stopped";
}

using Views = std::unordered_map<std::string_view, BotView*>;

BotView* view_of(const Views& views, const std::string& bot) {
  const auto at = views.find(bot);
  return at == views.end() ? nullptr : at->second;
}

void add_bots(const state::Model& model, Overview& overview) {
  for (const auto& [id, entry] : model.bots.rows()) {
    const state::Bot& bot = entry.row;
    if (bot.name == kAgent || bot.removed) continue;
    overview.bots.push_back({.bot = bot});
    overview.health.bots.push_back(
        {bot.name, bot.state, bot.state == "held" ? bot.gate_reason : bot.state_reason});
  }
  std::ranges::sort(overview.bots, {}, [](const BotView& view) { return view.bot.name; });
}

void add_money(const state::Model& model, const Views& views, Overview& overview) {
  overview.daily_pnl = model.daily_pnl();
  for (const auto& [id, entry] : model.profits.rows()) {
    const state::Profit& profit = entry.row;
    overview.unrealized[profit.currency] += profit.unrealized;
    if (BotView* view = view_of(views, profit.bot)) {
      view->currency = profit.currency;
      view->daily_pnl += profit.day();
      view->unrealized += profit.unrealized;
    }
  }
  for (const auto& [id, entry] : model.scraped_strategies.rows()) {
    overview.unrealized[""] += entry.row.unrealized;
    overview.daily_pnl[""] += entry.row.unrealized;
    if (BotView* view = view_of(views, entry.row.bot)) {
      view->unrealized += entry.row.unrealized;
      view->daily_pnl += entry.row.unrealized;
      view->positions += entry.row.active_positions;
    }
    overview.active_positions += entry.row.active_positions;
  }
}

void add_positions(const state::Model& model, const Views& views, Overview& overview) {
  const state::AtRisk risk = state::at_risk(model.positions);
  overview.at_risk = risk.money, overview.at_risk_paper = risk.paper;
  std::vector<state::Position> all;
  for (const auto& [id, entry] : model.positions.rows()) {
    all.push_back(entry.row);
    if (BotView* view = view_of(views, entry.row.bot)) ++view->positions;
  }
  overview.active_positions += static_cast<std::int64_t>(all.size());
  if (all.size() > kMostShown) all.erase(all.begin(), all.end() - kMostShown);  // the newest
  std::ranges::reverse(all);
  overview.positions = std::move(all);
}

void add_orders(const state::Model& model, const Views& views, Overview& overview) {
  overview.total_orders = model.total_orders();
  for (const auto& [id, entry] : model.placed.rows()) {
    if (BotView* view = view_of(views, entry.row.bot)) view->orders += entry.row.count;
  }
  for (const auto& [id, entry] : model.orders.rows()) {
    if (entry.row.ended) continue;
    ++overview.open_orders;
    if (BotView* view = view_of(views, entry.row.bot)) ++view->open_orders;
  }
}

void add_markets(const state::Model& model, Overview& overview) {
  overview.active_markets = model.active_markets();
  std::set<std::string_view> seen;
  const auto& rows = model.markets.rows();
  for (auto row = rows.rbegin(); row != rows.rend() && overview.markets.size() < kMostShown; ++row) {
    const state::Market& market = row->second.row;
    if (!market.ended && seen.insert(market.market_id).second) overview.markets.push_back(market);
  }
}

std::int64_t count_strategies(const state::Model& model) {
  std::set<std::string_view> bots, with_rows, strategies;
  for (const auto& [id, entry] : model.bots.rows()) {
    if (running(entry.row) && entry.row.name != kAgent) bots.insert(entry.row.name);
  }
  const auto add = [&](const auto& table) {
    for (const auto& [id, entry] : table.rows()) {
      if (!bots.contains(entry.row.bot)) continue;
      with_rows.insert(entry.row.bot);
      strategies.insert(entry.row.strategy);
    }
  };
  add(model.profits), add(model.placed), add(model.positions), add(model.scraped_strategies);
  std::ranges::set_difference(bots, with_rows,
                              std::inserter(strategies, strategies.end()));  // one by default
  return static_cast<std::int64_t>(strategies.size());
}

void add_changes(const state::Model& model, Overview& overview) {
  auto& changes = overview.changes;
  for (const auto& [id, entry] : model.notes.rows()) {
    const state::Note& note = entry.row;
    changes.push_back({note.at, note.bot, note.level.empty() ? "info" : note.level, note.text});
  }
  for (const auto& [id, entry] : model.bots.rows()) {
    const state::Bot& bot = entry.row;
    if (bot.last_exit.at != 0) {
      const bool clean = bot.last_exit.exit_code == 0;
      changes.push_back({bot.last_exit.at, bot.name, clean ? "info" : "warning", exit_text(bot.last_exit)});
    }
    if (bot.state_since != 0 && !bot.removed) {
      const bool bad = bot.state == "struggling" || bot.state == "unready" || bot.state == "backing-off";
      changes.push_back({bot.state_since, bot.name, bad ? "warning" : "info", "is now " + bot.state});
    }
  }
  for (const auto& [id, entry] : model.bad_lines.rows()) {
    const state::BadLine& line = entry.row;
    changes.push_back({line.at, line.bot, "warning",
                       fmt::format("bad journal line at {}:{}: {}", line.file, line.offset, line.reason)});
    if (line.at >= overview.now - kRecent) ++overview.health.recent_bad_lines;
  }
  std::ranges::sort(changes, std::ranges::greater(), &Change::at);
  if (changes.size() > kMostChanges) changes.resize(kMostChanges);
}

bool fits(const state::Order& order, const OrderQuery& query) {
  return (!query.bot || order.bot == *query.bot) && (!query.strategy || order.strategy == *query.strategy) &&
         (!query.status || order.status == *query.status);
}

}  // namespace

std::string exit_text(const state::LastExit& exit) {
  if (exit.unknown) return "ended unseen, while no keeper watched";
  if (!exit.reason.empty()) return exit.reason;
  return exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal)
                          : fmt::format("exit {}", exit.exit_code);
}

void add_model(const state::Model& model, Overview& overview) {
  add_bots(model, overview);
  Views views;
  for (BotView& view : overview.bots) views.emplace(view.bot.name, &view);
  add_money(model, views, overview);
  add_positions(model, views, overview);
  add_orders(model, views, overview);
  add_markets(model, overview);
  overview.active_strategies = count_strategies(model);
  add_changes(model, overview);
  if (const state::Keeper* keeper = model.keeper()) {
    for (const auto& [what, text] : keeper->troubles)
      overview.health.keeper_troubles.push_back(what + ": " + text);
  }
}

OrderPage find_orders(const state::Model& model, const OrderQuery& query) {
  const auto& rows = model.orders.rows();
  auto row = std::make_reverse_iterator(query.after == 0 ? rows.end() : rows.lower_bound(query.after));
  OrderPage page;
  for (; row != rows.rend(); ++row) {
    if (!fits(row->second.row, query)) continue;
    if (page.orders.size() == query.limit) {
      page.more = true;
      break;
    }
    page.orders.emplace_back(row->first, row->second.row);
  }
  return page;
}

}  // namespace steward::dashboard
