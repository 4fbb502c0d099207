#include "agent/system_facts.hpp"

#include <algorithm>

#include "base/version.hpp"
#include "dashboard/model_view.hpp"
#include "os/boot.hpp"

namespace steward::agent {

namespace {

/// An amount that came without a currency is in the configured one.
std::map<std::string, Pence> in_currencies(const std::map<std::string, Pence>& sums,
                                           const std::string& configured) {
  std::map<std::string, Pence> named;
  for (const auto& [currency, amount] : sums) named[currency.empty() ? configured : currency] += amount;
  if (named.empty()) named[configured] = 0;
  return named;
}

}  // namespace

SystemFacts::SystemFacts(Parts parts)
    : parts_(parts), started_(parts.clock.wall()), boot_id_(boot_id().value_or("")) {}

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

metrics::Sources SystemFacts::sources() const {
  metrics::Sources all;
  all.now = parts_.clock.wall();
  all.host = host();
  all.endpoints = parts_.endpoints.facts();
  all.config_changed = parts_.configuration.changed_not_loaded();
  all.disks = parts_.observer.disks();
  all.state_disk = &parts_.observer.state_disk();
  all.boot_id = boot_id_;
  all.boot_time = boot_time(parts_.clock);
  all.version = kVersion;
  all.agent_started = started_;
  all.agent_run = std::to_string(started_);
  all.keeper_up = parts_.observer.keeper_reachable();
  all.keeper = parts_.observer.keeper_process();
  for (const config::Bot& bot : parts_.configuration.settings().bots)
    all.bot_facts[bot.name()] = bot_facts(bot);
  all.bot_facts["agent"].usage = parts_.observer.usage("agent");
  all.bot_facts["agent"].log = parts_.observer.log("agent");
  all.engine = parts_.engine.facts();
  all.alerts = parts_.alarms.facts();
  all.backups = parts_.backups.views();
  return all;
}

metrics::BotFacts SystemFacts::bot_facts(const config::Bot& bot) const {
  metrics::BotFacts facts;
  facts.usage = parts_.observer.usage(bot.name());
  facts.log = parts_.observer.log(bot.name());
  facts.memory_growth_per_hour = parts_.observer.memory_growth_per_hour(bot.name());
  facts.watchdog_ns = bot.spec.watchdog;
  if (const metrics::ScrapeFacts* scrape = parts_.scraper.facts(bot.name())) facts.scrape = *scrape;
  return facts;
}

/// What a time server measured goes before what the kernel thinks.
HostFacts SystemFacts::host() const {
  HostFacts host = parts_.observer.host();
  const auto measured = parts_.time.measured(parts_.configuration.settings().health.clock_offset);
  if (measured) host.clock = measured;
  return host;
}

HealthSnapshot SystemFacts::host_snapshot() const {
  const config::Settings& settings = parts_.configuration.settings();
  HealthSnapshot snapshot;
  snapshot.now = parts_.clock.wall();
  snapshot.timezone = settings.timezone;
  snapshot.from_agent = true;
  snapshot.host = host();
  snapshot.cpu_ratio_of_minute = parts_.observer.cpu_ratio_of_minute();
  snapshot.clock_error = parts_.time.error();
  if (parts_.time.measured(0)) {
    snapshot.clock_by = settings.health.ntp_server;
  } else if (snapshot.host.clock && snapshot.host.clock->offset_ns) {
    snapshot.clock_by = "kernel";
  }
  snapshot.disks = parts_.observer.disks();
  snapshot.endpoints = parts_.endpoints.facts();
  return snapshot;
}

// What people see.

std::string SystemFacts::health() {
  HealthSnapshot snapshot = host_snapshot();
  for (const dashboard::BotView& view : overview().bots) {
    const state::Bot& bot = view.bot;
    snapshot.bots.push_back({.name = bot.name,
                             .state = bot.state,
                             .reason = bot.state == "held" ? bot.gate_reason : bot.state_reason,
                             .memory_bytes = view.memory_bytes,
                             .cpu_percent = view.cpu_percent,
                             .memory_growth_per_hour = parts_.observer.memory_growth_per_hour(bot.name)});
  }
  return health_report(snapshot, parts_.configuration.settings().health);
}

dashboard::Overview SystemFacts::overview() {
  parts_.engine.look();  // who asks sees what was written before
  const config::Settings& settings = parts_.configuration.settings();
  dashboard::Overview view;
  view.now = parts_.clock.wall();
  view.timezone = settings.timezone;
  view.currency = settings.currency;
  view.version = kVersion;
  parts_.engine.read([&](const state::Model& model) {
    const state::Keeper* keeper = model.keeper();
    view.uptime_ns = view.now - (keeper == nullptr ? started_ : keeper->started_at);
    dashboard::add_model(model, view);
  });
  view.daily_pnl = in_currencies(view.daily_pnl, settings.currency);
  view.unrealized = in_currencies(view.unrealized, settings.currency);
  add_bot_facts(view);
  add_health(view);
  add_alarms(view);
  view.backups = parts_.backups.views();
  return view;
}

void SystemFacts::add_bot_facts(dashboard::Overview& view) const {
  const auto& configured = parts_.configuration.settings().bots;
  for (const config::Bot& bot : configured) {
    if (std::ranges::find(view.bots, bot.name(), [](const auto& shown) { return shown.bot.name; }) !=
        view.bots.end())
      continue;
    dashboard::BotView unheard;
    unheard.bot.name = bot.name();
    unheard.bot.state_reason = "the keeper has not spoken of it yet";
    view.bots.push_back(std::move(unheard));
  }
  // In the order of the file; what was taken out of it and still runs comes last.
  std::map<std::string, std::size_t> place;
  for (const config::Bot& bot : configured) place.emplace(bot.name(), place.size());
  std::ranges::sort(view.bots, {}, [&](const dashboard::BotView& shown) {
    const auto at = place.find(shown.bot.name);
    return std::pair(at == place.end() ? place.size() : at->second, std::string_view(shown.bot.name));
  });
  for (dashboard::BotView& shown : view.bots) {
    if (shown.currency.empty()) shown.currency = view.currency;
    if (const auto usage = parts_.observer.usage(shown.bot.name)) shown.memory_bytes = usage->memory_bytes;
    shown.cpu_percent = parts_.observer.cpu_percent(shown.bot.name);
    if (const logs::Tally* log = parts_.observer.log(shown.bot.name)) shown.log = *log;
  }
}

void SystemFacts::add_health(dashboard::Overview& view) const {
  dashboard::HealthInput& health = view.health;
  health.keeper_reachable = parts_.observer.keeper_reachable();
  health.keeper_error = parts_.observer.keeper_error();
  health.state_alive = parts_.observer.state_alive();
  health.state_trouble = parts_.engine.facts().trouble;
  health.own_troubles = troubles();
  if (!parts_.engine.facts().caught_up)
    health.own_troubles.emplace_back("the journals are still being read: the numbers are not complete yet");
  for (Check& check : judge_host(host_snapshot(), parts_.configuration.settings().health)) {
    if (check.warning) health.host_troubles.push_back(std::move(check.text));
  }
  for (const dashboard::BotView& shown : view.bots) {
    const metrics::ScrapeFacts* scrape = parts_.scraper.facts(shown.bot.name);
    if (shown.bot.state == "ready" && scrape != nullptr && !scrape->up && scrape->failures > 0) {
      health.failing_scrapes.push_back({shown.bot.name, scrape->error});
    }
  }
}

/// What fires, and is not silenced or explained, is a reason; what is only worth knowing is none.
void SystemFacts::add_alarms(dashboard::Overview& view) const {
  for (const alerts::AlarmView& seen : parts_.alarms.life().alarms()) {
    const alerts::Alarm& alarm = *seen.alarm;
    if (alarm.state == alerts::AlarmState::pending) break;
    ++view.firing_alarms;
    if (view.alarms.size() == dashboard::kMostAlarmsShown) continue;
    view.alarms.push_back({alarm, seen.silence, seen.inhibited});
    if (seen.silence != 0 || seen.inhibited || alarm.severity == alerts::Severity::info) continue;
    const bool critical = alarm.severity == alerts::Severity::critical;
    (critical ? view.health.critical_alarms : view.health.alarms)
        .push_back(fmt::format("alarm {}: {}", alarm.rule, alarm.summary));
  }
}

dashboard::AlarmPage SystemFacts::alarms(const dashboard::AlarmQuery& query) {
  dashboard::AlarmPage page;
  std::int64_t skipped = 0;
  for (const alerts::AlarmView& seen : parts_.alarms.life().alarms()) {
    if (query.state && seen.alarm->state != *query.state) continue;
    if (skipped++ < query.after) continue;
    page.more = page.alarms.size() == query.limit;
    if (page.more) break;
    page.alarms.push_back({*seen.alarm, seen.silence, seen.inhibited});
  }
  return page;
}

dashboard::OrderPage SystemFacts::orders(const dashboard::OrderQuery& query) {
  return parts_.engine.read([&](const state::Model& model) { return dashboard::find_orders(model, query); });
}

}  // namespace steward::agent
