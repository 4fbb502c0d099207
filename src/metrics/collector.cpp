#include "metrics/collector.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace steward::metrics {
namespace {

constexpr std::array<std::string_view, 8> kStates{"starting",    "ready",      "unready", "stopping",
                                                  "backing-off", "struggling", "stopped", "held"};

std::vector<Number> latency_bounds() {
  std::vector<Number> bounds;
  for (const std::int64_t bound : state::kLatencyBounds) bounds.push_back(Number::seconds(bound));
  return bounds;
}

Number age(WallNs now, WallNs then) {
  return Number::seconds(std::max<std::int64_t>(now - then, 0));
}

/// A gauge by a name or label that other kinds have for themselves is shown as untyped, which claims nothing.
Kind kind_of(const state::Series& series) {
  if (series.counter) return Kind::counter;
  for (const std::string_view suffix : {"_total", "_bucket", "_sum", "_count"})
    if (series.name.ends_with(suffix)) return Kind::untyped;
  return series.labels.contains("le") || series.labels.contains("quantile") ? Kind::untyped : Kind::gauge;
}

}  // namespace

Collector::Collector(RunTotals& totals, std::size_t most_samples) : totals_(totals), registry_(most_samples) {
  for (std::size_t i = 0; i < families_.size(); ++i) {
    const Definition& metric = catalogue()[i];
    auto family = registry_.add(std::string(metric.name), std::string(metric.help), metric.kind,
                                metric.kind == Kind::histogram ? latency_bounds() : std::vector<Number>());
    if (!family) throw std::logic_error(family.error().text());
    families_[i] = *family;
  }
}

void Collector::set(Metric metric, std::initializer_list<Label> labels, Number value) {
  families_[static_cast<std::size_t>(metric)]->set(labels, value);
}

void Collector::collect(const Sources& sources, const state::Model& model) {
  registry_.begin();
  trading(model);
  orders(sources, model);
  profits(model);
  open_markets_ = model.open_markets();
  for (const auto& [id, entry] : model.bots.rows())
    if (!entry.row.removed) bot(sources, entry.row);
  host(sources);
  disks(sources);
  endpoints(sources);
  backups(sources);
  steward(sources);
  if (const state::Bot* agent = model.bot("agent")) set(Metric::agent_restarts, agent->restarts);
  keeper(sources, model.keeper());
  state_engine(sources);
  alerts(sources);
  itself();
  for (const auto& [id, entry] : model.series.rows()) series(entry.row);
  routes_.clear(), open_markets_.clear();
  registry_.end();
}

void Collector::trading(const state::Model& model) {
  for (const auto& [key, count] : model.orders_placed())
    set(Metric::orders_placed, {{"strategy", key.first}, {"market_type", key.second}}, count);
  const state::Latency latency = model.latency();
  families_[static_cast<std::size_t>(Metric::placement_duration)]->set_histogram(
      {}, latency.buckets, Number::seconds(latency.sum_ns));
  for (const auto& [strategy, count] : model.active_positions())
    set(Metric::active_positions, {{"strategy", strategy}}, count);
  set(Metric::active_markets, model.active_markets());
}

void Collector::profits(const state::Model& model) {
  struct Sum {
    Pence realized = 0, commission = 0, day = 0;
  };
  std::map<std::string, Sum, std::less<>> by_strategy;  // several bots may trade one strategy
  for (const auto& [strategy, amount] : model.unrealized()) {
    set(Metric::unrealized_pnl, {{"strategy", strategy}}, Number::hundredths(amount));
    by_strategy[strategy].day = amount;
  }
  for (const auto& [id, entry] : model.profits.rows()) {
    const state::Profit& profit = entry.row;
    Sum& sum = by_strategy[profit.strategy];
    sum.realized += profit.realized;
    sum.commission += profit.commission;
    sum.day += profit.day_realized - profit.day_commission;
    set(Metric::strategy_info,
        {{"bot", profit.bot}, {"strategy", profit.strategy}, {"currency", profit.currency}}, 1);
  }
  for (const auto& [strategy, sum] : by_strategy) {
    set(Metric::realized_pnl, {{"strategy", strategy}}, Number::hundredths(sum.realized));
    set(Metric::commission, {{"strategy", strategy}}, Number::hundredths(sum.commission));
    set(Metric::daily_pnl, {{"strategy", strategy}}, Number::hundredths(sum.day));
  }
}

void Collector::bot(const Sources& sources, const state::Bot& bot) {
  life(bot);
  journal(sources, bot);
  const auto facts = sources.bot_facts.find(bot.name);
  usage(sources, bot, facts == sources.bot_facts.end() ? BotFacts{} : facts->second);
}

void Collector::life(const state::Bot& bot) {
  const Label name{"bot", bot.name};
  set(Metric::bot_up, {name}, bot.state == "ready" ? 1 : 0);
  for (const auto state : kStates)
    set(Metric::bot_state, {name, {"state", state}}, bot.state == state ? 1 : 0);
  set(Metric::bot_restarts, {name}, bot.restarts);
  for (const auto& [code, count] : bot.exits) set(Metric::bot_exits, {name, {"code", code}}, count);
  if (bot.started_at != 0) set(Metric::bot_start_time, {name}, Number::seconds(bot.started_at));
  if (bot.last_exit.at != 0) set(Metric::bot_last_exit_time, {name}, Number::seconds(bot.last_exit.at));
  set(Metric::bot_gate_open, {name}, bot.gate_open ? 1 : 0);
  set(Metric::bot_gate_epoch, {name}, bot.gate_epoch);
  set(Metric::bot_watchdog_missed, {name}, bot.watchdog_missed);
  const auto markets = open_markets_.find(bot.name);
  set(Metric::bot_open_markets, {name}, markets == open_markets_.end() ? 0 : markets->second);
  set(Metric::bot_staged, {name}, bot.staged ? 1 : 0);
  set(Metric::bot_output_dropped, {name}, bot.output_lines_dropped);
}

void Collector::journal(const Sources& sources, const state::Bot& bot) {
  const Label name{"bot", bot.name};
  for (const auto& [code, count] : bot.errors) set(Metric::bot_errors, {name, {"code", code}}, count);
  if (bot.stream_age_ns >= 0) set(Metric::bot_stream_age, {name}, Number::seconds(bot.stream_age_ns));
  if (bot.stream_lag_ns >= 0) set(Metric::bot_stream_lag, {name}, Number::seconds(bot.stream_lag_ns));
  if (bot.stream_age_ns >= 0 || bot.stream_lag_ns >= 0)
    set(Metric::bot_stream_markets, {name}, bot.stream_markets);
  // A bot that never said a word is as old as its run: silence shows.
  const WallNs heard = std::max(bot.last_event, bot.started_at);
  if (heard != 0) set(Metric::bot_journal_age, {name}, age(sources.now, heard));
  set(Metric::bot_journal_events, {name}, bot.journal_events);
  set(Metric::bot_journal_bad_lines, {name}, bot.journal_bad_lines);
  set(Metric::bot_journal_unknown, {name}, bot.journal_unknown);
  set(Metric::journal_shrunk, {name}, bot.journal_shrunk);
  set(Metric::bot_series_refused, {name}, bot.series_refused);
}

void Collector::usage(const Sources& sources, const state::Bot& bot, const BotFacts& facts) {
  const Label name{"bot", bot.name};
  const std::string cpu = "bot_cpu_ns " + bot.name;
  if (facts.usage) {
    set(Metric::bot_memory, {name}, facts.usage->memory_bytes);
    if (facts.usage->open_fds >= 0) set(Metric::bot_open_fds, {name}, facts.usage->open_fds);
    set(Metric::bot_processes, {name}, facts.usage->processes);
    totals_.update(cpu, bot.run, facts.usage->cpu_ns);
  }
  if (facts.memory_growth_per_hour)
    set(Metric::bot_memory_growth, {name}, std::llround(*facts.memory_growth_per_hour));
  if (totals_.known(cpu)) set(Metric::bot_cpu, {name}, Number::seconds(totals_.total(cpu)));
  if (facts.watchdog_ns > 0) set(Metric::bot_watchdog, {name}, Number::seconds(facts.watchdog_ns));
  if (facts.log != nullptr) log(name, *facts.log);
  if (facts.scrape) scrape(sources, bot, *facts.scrape);
}

void Collector::log(const Label& name, const logs::Tally& tally) {
  for (std::size_t i = 0; i < logs::kLevels; ++i)
    set(Metric::bot_log_lines, {name, {"level", logs::kLevelNames[i]}}, tally.lines[i]);
  set(Metric::bot_log_skipped, {name}, tally.files_skipped);
}

void Collector::scrape(const Sources& sources, const state::Bot& bot, const ScrapeFacts& facts) {
  const Label name{"bot", bot.name};
  set(Metric::bot_scrape_up, {name}, facts.up ? 1 : 0);
  set(Metric::bot_scrape_duration, {name}, Number::seconds(facts.duration_ns));
  set(Metric::bot_scrape_samples, {name}, facts.samples);
  set(Metric::bot_scrape_dropped, {name}, facts.dropped);
  set(Metric::bot_scrape_failures, {name}, lasting(sources, "scrape_failures " + bot.name, facts.failures));
}

void Collector::host(const Sources& sources) {
  if (!sources.boot_id.empty()) set(Metric::host_info, {{"boot_id", sources.boot_id}}, 1);
  if (sources.boot_time != 0) set(Metric::host_boot_time, Number::seconds(sources.boot_time));
  if (!sources.host) return;
  const HostFacts& host = *sources.host;
  const CpuTimes& cpu = host.cpu;
  const std::pair<std::string_view, std::int64_t> modes[] = {
      {"user", cpu.user},     {"nice", cpu.nice}, {"system", cpu.system},   {"idle", cpu.idle},
      {"iowait", cpu.iowait}, {"irq", cpu.irq},   {"softirq", cpu.softirq}, {"steal", cpu.steal}};
  for (const auto& [mode, ns] : modes) set(Metric::host_cpu_seconds, {{"mode", mode}}, Number::seconds(ns));
  set(Metric::host_cpus, host.cpus);
  set(Metric::host_cpu_ratio, host.cpu_ratio);
  constexpr std::array<std::string_view, 3> kMinutes{"1", "5", "15"};
  for (std::size_t i = 0; i < kMinutes.size(); ++i)
    set(Metric::host_load, {{"minutes", kMinutes[i]}}, host.load[i]);
  set(Metric::host_memory_total, host.memory_total);
  set(Metric::host_memory_available, host.memory_available);
  set(Metric::host_memory_ratio, host.memory_ratio());
  set(Metric::host_swap_total, host.swap_total);
  set(Metric::host_swap_free, host.swap_free);
  host_strain(host);
}

void Collector::disks(const Sources& sources) {
  for (const Disk& disk : sources.disks) {
    const Label mount{"mountpoint", disk.mount_point};
    set(Metric::host_disk_size, {mount}, disk.size_bytes);
    set(Metric::host_disk_available, {mount}, disk.available_bytes);
    set(Metric::host_disk_ratio, {mount}, disk.used_ratio());
    if (disk.full_in_ns) set(Metric::host_disk_full, {mount}, Number::seconds(*disk.full_in_ns));
    if (disk.inodes > 0) set(Metric::host_inodes_ratio, {mount}, disk.inodes_used_ratio());
  }
  if (sources.state_disk != nullptr) set(Metric::host_state_disk_ratio, sources.state_disk->used_ratio());
}

void Collector::steward(const Sources& sources) {
  set(Metric::build_info, {{"version", sources.version}}, 1);
  set(Metric::config_changed, sources.config_changed ? 1 : 0);
  if (sources.agent_started != 0) set(Metric::agent_start_time, Number::seconds(sources.agent_started));
  for (const ListenerFacts& listener : sources.listeners) {
    const Label name{"listener", listener.name};
    const auto total = [&](std::string_view what, std::int64_t count) {
      return lasting(sources, fmt::format("http_{} {}", what, listener.name), count);
    };
    set(Metric::http_requests, {name}, total("requests", listener.requests));
    set(Metric::http_failures, {name, {"reason", "bad_request"}},
        total("bad_request", listener.bad_requests));
    set(Metric::http_failures, {name, {"reason", "internal"}}, total("internal", listener.handler_failures));
    set(Metric::http_failures, {name, {"reason", "busy"}}, total("busy", listener.turned_away));
  }
}

void Collector::keeper(const Sources& sources, const state::Keeper* keeper) {
  set(Metric::keeper_up, sources.keeper_up ? 1 : 0);
  if (sources.keeper) {
    set(Metric::keeper_memory, sources.keeper->memory_bytes);
    // The start of its process tells one keeper from the next; an exec leaves both as they are.
    totals_.update("keeper_cpu_ns", fmt::format("{} {}", sources.boot_id, sources.keeper->start_ticks),
                   sources.keeper->cpu_ns);
  }
  if (totals_.known("keeper_cpu_ns"))
    set(Metric::keeper_cpu, Number::seconds(totals_.total("keeper_cpu_ns")));
  if (keeper == nullptr) return;
  if (keeper->started_at != 0) set(Metric::keeper_start_time, Number::seconds(keeper->started_at));
  for (const auto& [what, text] : keeper->troubles) set(Metric::keeper_trouble, {{"what", what}}, 1);
}

void Collector::state_engine(const Sources& sources) {
  const store::EngineFacts& engine = sources.engine;
  set(Metric::state_events, lasting(sources, "state_events", engine.events));
  set(Metric::state_bytes, lasting(sources, "state_bytes", engine.bytes));
  set(Metric::state_bad_lines, lasting(sources, "state_bad_lines", engine.bad_lines));
  set(Metric::state_backlog, engine.backlog_bytes);
  if (engine.last_commit != 0) set(Metric::state_last_commit, Number::seconds(engine.last_commit));
  set(Metric::state_commit_failures, lasting(sources, "state_commit_failures", engine.commit_failures));
  set(Metric::state_trouble, engine.trouble.empty() ? 0 : 1);
}

void Collector::alerts(const Sources& sources) {
  for (const auto& [key, count] : sources.alerts.alarms)
    set(Metric::alarms, {{"severity", key.first}, {"state", key.second}}, count);
  for (const AlertFacts::Channel& channel : sources.alerts.channels) {
    const Label name{"channel", channel.name};
    const auto total = [&](std::string_view what, std::int64_t count) {
      return lasting(sources, fmt::format("alert_{} {}", what, channel.name), count);
    };
    set(Metric::alert_notifications, {name, {"result", "delivered"}}, total("delivered", channel.delivered));
    set(Metric::alert_notifications, {name, {"result", "refused"}}, total("refused", channel.refused));
    set(Metric::alert_notifications, {name, {"result", "digested"}}, total("digested", channel.digested));
    set(Metric::alert_delivery_failures, {name}, total("failures", channel.failed));
    set(Metric::alert_outbox_pending, {name}, channel.pending);
    if (channel.last_delivery != 0)
      set(Metric::alert_last_delivery, {name}, Number::seconds(channel.last_delivery));
  }
}

/// The family of a bot's own name; with the prefix bot_ when Steward has that name.
Family* Collector::family_of(const state::Series& series) {
  const auto [route, fresh] = routes_.try_emplace(series.name);
  if (!fresh) return route->second;
  const Kind kind = kind_of(series);
  Family* family = registry_.own(series.name) ? nullptr : registry_.visiting(series.name, kind);
  if (family == nullptr) family = registry_.visiting("bot_" + series.name, kind);
  return route->second = family;
}

/// `name{bot="…",…}`; a label bot of the series' own becomes exported_bot, as Prometheus does it.
void Collector::series(const state::Series& series) {
  Family* family = family_of(series);
  if (family == nullptr) return registry_.refuse();
  labels_.assign(1, {"bot", series.bot});
  for (const auto& [name, value] : series.labels)

    labels_.push_back({name == "bot" ? std::string_view("exported_bot") : std::string_view(name), value});
  family->set(labels_, series.value);
}

void Collector::itself() {
  const Budget& last = registry_.last_pass();
  set(Metric::metrics_samples, last.lines);
  set(Metric::metrics_dropped, {{"reason", "full"}}, last.dropped_full);
  set(Metric::metrics_dropped, {{"reason", "duplicate"}}, last.dropped_duplicate);
  set(Metric::metrics_dropped, {{"reason", "invalid"}}, last.dropped_invalid);
}

}  // namespace steward::metrics
