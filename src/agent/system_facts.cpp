#include "agent/system_facts.hpp"

#include <algorithm>
#include <set>

#include "agent/exit_text.hpp"
#include "base/version.hpp"
#include "dashboard/exposure.hpp"

namespace steward::agent {

namespace {

constexpr std::int64_t kRecent = 15 * 60 * kSecond;
constexpr std::size_t kMostChanges = 30;

std::string or_configured(const std::string& currency, const config::Settings& settings) {
  return currency.empty() ? settings.currency : currency;
}

std::map<std::string, Pence> in_currencies(const std::map<std::string, Pence>& sums, const config::Settings& settings) {
  std::map<std::string, Pence> named;
  for (const auto& [currency, amount] : sums) named[or_configured(currency, settings)] += amount;
  if (named.empty()) named[settings.currency] = 0;
  return named;
}

bool is_agent(const state::Bot& bot) { return bot.name == "agent"; }

}  // namespace

SystemFacts::SystemFacts(Parts parts) : parts_(parts), started_(parts.clock.wall()), boot_id_(boot_id()) {}

void SystemFacts::trouble(const std::string& about, std::string text) {
  if (text.empty()) {
    troubles_.erase(about);
  } else {
    troubles_[about] = std::move(text);
  }
}

std::vector<std::string> SystemFacts::troubles() const {
  std::vector<std::string> texts;
  for (const auto& [about, text] : troubles_) texts.push_back(text);
  return texts;
}

// What /metrics shows.

metrics::Sources SystemFacts::sources(const state::Model& model) {
  metrics::Sources all;
  all.now = parts_.clock.wall();
  all.host = parts_.observer.host();
  all.disks = parts_.observer.disks();
  all.state_disk = &parts_.observer.state_disk();
  all.boot_id = boot_id_;
  all.boot_time = boot_time(parts_.clock);
  all.version = kVersion;
  all.agent_started = started_;
  all.agent_run = std::to_string(started_);
  all.keeper_up = parts_.observer.keeper_reachable();
  all.keeper = parts_.observer.keeper_process();
  if (const state::Keeper* keeper = model.keeper()) {
    all.keeper_run = fmt::format("{}-{}", keeper->pid, keeper->started_at);
    all.keeper_started = keeper->started_at;
  }
  for (const auto& [id, entry] : model.bots.rows()) {
    const state::Bot& bot = entry.row;
    if (bot.removed) continue;
    all.bots.push_back(&bot);
    all.bot_facts[bot.name] = bot_facts(bot.name);
  }
  add_trade(all, model);
  const store::EngineFacts engine = parts_.engine.facts();
  all.state = {engine.events,          engine.bytes,
               engine.bad_lines,       engine.backlog_bytes,
               engine.commit_failures, engine.last_commit > 0 ? all.now - engine.last_commit : 0,
               !engine.trouble.empty()};
  return all;
}

metrics::BotFacts SystemFacts::bot_facts(const std::string& name) const {
  metrics::BotFacts facts;
  facts.usage = parts_.observer.usage(name);
  if (const config::Bot* configured = parts_.configuration.settings().find(name)) {
    facts.watchdog_ns = configured->watchdog;
  }
  if (const metrics::ScrapeFacts* scrape = parts_.scraper.facts(name)) facts.scrape = *scrape;
  return facts;
}

void SystemFacts::add_trade(metrics::Sources& all, const state::Model& model) const {
  for (const auto& [id, entry] : model.profits.rows()) all.profits.push_back(&entry.row);
  for (const auto& [id, entry] : model.series.rows()) all.series.push_back(&entry.row);
  all.orders_placed = model.orders_placed();
  all.latency = model.latency();
  all.active_positions = model.active_positions();
  all.unrealized = model.unrealized();
  for (const auto& [id, entry] : model.orders.rows()) {
    if (!entry.row.ended) all.orders[entry.row.strategy].add(entry.row);
  }
  all.active_markets = model.active_markets();
}

// What people see.

dashboard::Overview SystemFacts::overview() {
  return parts_.engine.read([&](const state::Model& model) {
    const config::Settings& settings = parts_.configuration.settings();
    dashboard::Overview view;
    view.now = parts_.clock.wall();
    view.timezone = settings.timezone;
    view.currency = settings.currency;
    view.version = kVersion;
    const state::Keeper* keeper = model.keeper();
    view.uptime_ns = view.now - (keeper == nullptr ? started_ : keeper->started_at);
    add_bots(view, model);
    add_trade(view, model);
    add_health(view, model);
    add_changes(view, model);
    return view;
  });
}

void SystemFacts::add_bots(dashboard::Overview& view, const state::Model& model) const {
  std::map<std::string, std::size_t> at;
  const auto add = [&](const state::Bot& bot) {
    at[bot.name] = view.bots.size();
    view.bots.push_back({.bot = bot, .currency = parts_.configuration.settings().currency});
    dashboard::BotView& shown = view.bots.back();
    if (const auto usage = parts_.observer.usage(bot.name)) shown.memory_bytes = usage->memory_bytes;
    shown.cpu_percent = parts_.observer.cpu_percent(bot.name);
  };
  for (const config::Bot& configured : parts_.configuration.settings().bots) {
    state::Bot unheard;
    unheard.name = configured.name;
    unheard.state_reason = "the keeper has not spoken of it yet";
    const state::Bot* bot = model.bot(configured.name);
    add(bot == nullptr ? unheard : *bot);
  }
  for (const auto& [id, entry] : model.bots.rows()) {  // taken out of the file, and still there
    const state::Bot& bot = entry.row;
    if (!at.contains(bot.name) && !is_agent(bot) && bot.pid > 0) add(bot);
  }
  const auto with = [&](const std::string& bot, auto change) {
    if (const auto found = at.find(bot); found != at.end()) change(view.bots[found->second]);
  };
  for (const auto& [id, entry] : model.placed.rows()) {
    with(entry.row.bot, [&](auto& shown) { shown.orders += entry.row.count; });
  }
  for (const auto& [id, entry] : model.orders.rows()) {
    if (!entry.row.ended) with(entry.row.bot, [](auto& shown) { ++shown.open_orders; });
  }
  for (const auto& [id, entry] : model.positions.rows()) {
    with(entry.row.bot, [](auto& shown) { ++shown.positions; });
  }
  for (const auto& [id, entry] : model.scraped_strategies.rows()) {
    with(entry.row.bot, [&](auto& shown) {
      shown.positions += entry.row.active_positions;
      shown.unrealized += entry.row.unrealized;
      shown.daily_pnl += entry.row.unrealized;
    });
  }
  for (const auto& [id, entry] : model.profits.rows()) {
    with(entry.row.bot, [&](auto& shown) {
      shown.daily_pnl += entry.row.day();
      shown.unrealized += entry.row.unrealized;
      shown.currency = or_configured(entry.row.currency, parts_.configuration.settings());
    });
  }
}

void SystemFacts::add_trade(dashboard::Overview& view, const state::Model& model) const {
  const config::Settings& settings = parts_.configuration.settings();
  std::vector<state::Position> positions;
  for (const auto& [id, entry] : model.positions.rows()) positions.push_back(entry.row);
  view.at_risk = dashboard::at_risk(dashboard::exposures(positions));
  for (const auto& [strategy, count] : model.active_positions()) view.active_positions += count;
  if (positions.size() > dashboard::kMostShown) positions.resize(dashboard::kMostShown);
  view.positions = std::move(positions);
  for (const auto& [id, entry] : model.markets.rows()) {
    if (!entry.row.ended && view.markets.size() < dashboard::kMostShown) view.markets.push_back(entry.row);
  }
  std::map<std::string, Pence> unrealized;
  std::set<std::string> strategies;
  for (const auto& [id, entry] : model.profits.rows()) {
    unrealized[entry.row.currency] += entry.row.unrealized;
    const state::Bot* bot = model.bot(entry.row.bot);
    if (bot != nullptr && bot->pid > 0) strategies.insert(entry.row.strategy);
  }
  auto daily = model.daily_pnl();
  for (const auto& [id, entry] : model.scraped_strategies.rows()) {
    unrealized[""] += entry.row.unrealized;
    daily[""] += entry.row.unrealized;
    strategies.insert(entry.row.strategy);
  }
  view.daily_pnl = in_currencies(daily, settings);
  view.unrealized = in_currencies(unrealized, settings);
  view.total_orders = model.total_orders();
  for (const auto& [id, entry] : model.orders.rows()) view.open_orders += !entry.row.ended;
  view.active_markets = model.active_markets();
  view.active_strategies = static_cast<std::int64_t>(strategies.size());
}

void SystemFacts::add_health(dashboard::Overview& view, const state::Model& model) const {
  dashboard::HealthInput& health = view.health;
  health.keeper_reachable = parts_.observer.keeper_reachable();
  health.keeper_error = parts_.observer.keeper_error();
  health.state_alive = parts_.observer.state_alive();
  health.state_trouble = parts_.engine.facts().trouble;
  if (const state::Keeper* keeper = model.keeper()) {
    for (const auto& [what, text] : keeper->troubles) health.keeper_troubles.push_back(text);
  }
  health.own_troubles = troubles();
  for (const auto& [id, entry] : model.bad_lines.rows()) health.recent_bad_lines += entry.row.at > view.now - kRecent;
  for (const dashboard::BotView& bot : view.bots) {
    health.bots.push_back({bot.bot.name, bot.bot.state, bot.bot.state_reason});
    const metrics::ScrapeFacts* scrape = parts_.scraper.facts(bot.bot.name);
    const bool runs = bot.bot.state == "ready" || bot.bot.state == "unready";
    if (runs && scrape != nullptr && !scrape->up && scrape->failures > 0) {
      health.failing_scrapes.push_back({bot.bot.name, scrape->error});
    }
  }
}

void SystemFacts::add_changes(dashboard::Overview& view, const state::Model& model) const {
  std::vector<dashboard::Change>& changes = view.changes;
  for (const auto& [id, entry] : model.notes.rows()) {
    changes.push_back({entry.row.at, entry.row.bot, entry.row.level, entry.row.text});
  }
  for (const dashboard::BotView& shown : view.bots) {
    const state::Bot& bot = shown.bot;
    if (bot.last_exit.at > 0) {
      const bool well = bot.last_exit.exit_code == 0;
      changes.push_back({bot.last_exit.at, bot.name, well ? "info" : "warning", "ended: " + exit_text(bot.last_exit)});
    }
    if (bot.state_since > 0) {
      const std::string why = bot.state_reason.empty() ? "" : ": " + bot.state_reason;
      changes.push_back({bot.state_since, bot.name, "info", bot.state + why});
    }
  }
  std::ranges::stable_sort(changes, std::greater{}, &dashboard::Change::at);
  if (changes.size() > kMostChanges) changes.resize(kMostChanges);
}

dashboard::OrderPage SystemFacts::orders(const dashboard::OrderQuery& query) {
  return parts_.engine.read([&](const state::Model& model) {
    dashboard::OrderPage page;
    const auto& rows = model.orders.rows();
    auto at = query.after > 0 ? rows.lower_bound(query.after) : rows.end();
    while (at != rows.begin()) {
      const auto& [id, entry] = *--at;
      const state::Order& order = entry.row;
      if ((query.bot && *query.bot != order.bot) || (query.strategy && *query.strategy != order.strategy) ||
          (query.status && *query.status != order.status)) {
        continue;
      }
      if (page.orders.size() == query.limit) {
        page.more = true;
        break;
      }
      page.orders.emplace_back(id, order);
    }
    return page;
  });
}

}  // namespace steward::agent
