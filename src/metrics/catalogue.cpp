#include "metrics/catalogue.hpp"

#include <fmt/core.h>

#include <array>
#include <string>

namespace steward::metrics {
namespace {

constexpr Kind counter = Kind::counter, gauge = Kind::gauge, histogram = Kind::histogram, info = Kind::info;

constexpr std::array<Definition, static_cast<std::size_t>(Metric::count_)> kCatalogue{{
    {"orders_placed_total", counter, "strategy,market_type", "Orders that the exchange accepted."},
    {"order_placement_duration_seconds", histogram, "", "From sending an order to the exchange's answer."},
    {"active_positions", gauge, "strategy", "Runners with a position that is not flat."},
    {"unrealized_pnl", gauge, "strategy", "Profit that is not settled yet, in the account's currency."},
    {"realized_pnl", gauge, "strategy", "Settled profit before commission since the state folder began."},
    {"commission_paid", gauge, "strategy", "Commission since the state folder began."},
    {"daily_pnl", gauge, "strategy",
     "Settled profit less commission of the trading day, and what is unrealized now."},
    {"steward_strategy_info", info, "bot,strategy,currency",
     "Which bot trades a strategy, and the currency of its money."},
    {"open_orders", gauge, "strategy", "Orders that were sent and may still match."},
    {"unknown_orders", gauge, "strategy", "Orders whose answer was lost: they may be live."},
    {"active_markets", gauge, "", "Markets that some bot follows and that are not closed."},
    {"steward_order_latency_seconds", Kind::untyped, "strategy,quantile",
     "From sending an order to the exchange's answer, over the last 5 minutes."},
    {"steward_orders_rejected_total", counter, "strategy", "Orders that the exchange refused."},
    {"steward_order_oldest_unmatched_seconds", gauge, "strategy",
     "Age of the oldest order that may still match; absent when there is none."},
    {"steward_exposure", gauge, "strategy",
     "Money that can be lost at worst: by matched bets, and by open orders should they match."},
    {"steward_daily_drawdown", gauge, "strategy", "What daily_pnl has lost since the day's high, 0 or more."},
    {"steward_orders_usual_ratio", gauge, "strategy",
     "Orders of the last hour over the usual for this hour of the day, one added to each; absent for 3 "
     "days."},
    {"steward_transactions_hour", gauge, "",
     "Bets placed and refused in this clock hour, without simulated ones: what Betfair may charge for."},
    {"steward_in_play_open_orders", gauge, "strategy",
     "Orders that may still match in markets that are in play."},

    {"steward_bot_up", gauge, "bot", "1 while the bot is ready: it does its work."},
    {"steward_bot_state", gauge, "bot,state", "1 for the state that the bot is in, 0 for all others."},
    {"steward_bot_restarts_total", counter, "bot", "Starts that followed an end."},
    {"steward_bot_exits_total", counter, "bot,code",
     "Ends of runs, by exit code or signal name; unknown when nobody saw it."},
    {"steward_bot_start_time_seconds", gauge, "bot", "When the newest run began, since 1970."},
    {"steward_bot_last_exit_time_seconds", gauge, "bot", "When a run ended last, since 1970."},
    {"steward_bot_memory_bytes", gauge, "bot", "Memory of all the bot's processes, without droppable cache."},
    {"steward_bot_memory_growth_bytes_per_hour", gauge, "bot",
     "Trend of the run's memory over its last 2 hours; absent for the first 20 minutes."},
    {"steward_bot_cpu_seconds_total", counter, "bot", "CPU time of all the bot's processes, over all runs."},
    {"steward_bot_open_fds", gauge, "bot", "Open file descriptors of the main process."},
    {"steward_bot_processes", gauge, "bot", "Processes of the run."},
    {"steward_bot_gate_open", gauge, "bot", "1 while the bot may send new orders."},
    {"steward_bot_gate_epoch", gauge, "bot", "The gate's epoch, which only grows."},
    {"steward_bot_watchdog_seconds", gauge, "bot", "The watchdog's period; absent without one."},
    {"steward_bot_watchdog_missed_total", counter, "bot", "Runs that were ended for a missed watchdog."},
    {"steward_bot_staged", gauge, "bot", "1 when a changed definition waits for the next start."},
    {"steward_bot_output_dropped_lines_total", counter, "bot", "Lines of output that could not be written."},
    {"steward_bot_log_lines_total", counter, "bot,level",
     "Lines of the bot's log by the level that they state; other when they state none."},
    {"steward_bot_log_files_skipped_total", counter, "bot",
     "Log files that were deleted before their lines were counted."},
    {"steward_bot_errors_total", counter, "bot,code", "Errors that the bot journalled."},
    {"steward_bot_stream_age_seconds", gauge, "bot", "Age of the market data when the bot last told it."},
    {"steward_bot_stream_lag_seconds", gauge, "bot", "From the exchange's publishing to the bot's receipt."},
    {"steward_bot_stream_markets", gauge, "bot", "Markets that the bot is subscribed to."},
    {"steward_bot_open_markets", gauge, "bot", "Markets that the bot follows and that are not closed."},
    {"steward_bot_journal_age_seconds", gauge, "bot",
     "Since the newest event in the bot's journal, or since its start."},
    {"steward_bot_journal_events_total", counter, "bot", "Events read from the bot's journal."},
    {"steward_bot_journal_bad_lines_total", counter, "bot", "Lines of the bot's journal that are no event."},
    {"steward_bot_journal_unknown_events_total", counter, "bot",
     "Events of a type that this version does not know."},
    {"steward_journal_shrunk_total", counter, "bot", "Journal segments that became shorter."},
    {"steward_bot_series_refused_total", counter, "bot",
     "Metrics beyond the number of series that a bot may have."},
    {"steward_bot_scrape_up", gauge, "bot", "1 when the newest scrape of the bot's endpoint succeeded."},
    {"steward_bot_scrape_duration_seconds", gauge, "bot", "What the newest scrape took."},
    {"steward_bot_scrape_samples", gauge, "bot", "Samples that the newest good scrape brought."},
    {"steward_bot_scrape_samples_dropped", gauge, "bot", "Samples of it that were beyond a limit."},
    {"steward_bot_scrape_failures_total", counter, "bot", "Scrapes that failed."},

    {"steward_host_info", info, "boot_id", "The machine's current boot."},
    {"steward_host_boot_time_seconds", gauge, "", "When the machine was started, since 1970."},
    {"steward_host_cpu_seconds_total", counter, "mode", "CPU time of the machine since it was started."},
    {"steward_host_cpus", gauge, "", "CPUs that Steward and the bots may use."},
    {"steward_host_cpu_used_ratio", gauge, "", "Part of them in use, 0 to 1."},
    {"steward_host_load", gauge, "minutes", "Load average over 1, 5 and 15 minutes."},
    {"steward_host_memory_total_bytes", gauge, "", "Memory of the machine, or the container's limit."},
    {"steward_host_memory_available_bytes", gauge, "", "Memory that can be had without swapping."},
    {"steward_host_memory_used_ratio", gauge, "", "Part of the memory that is not available, 0 to 1."},
    {"steward_host_swap_total_bytes", gauge, "", "Swap space."},
    {"steward_host_swap_free_bytes", gauge, "", "Swap space that is not used."},
    {"steward_host_disk_size_bytes", gauge, "mountpoint", "Size of a mounted disk's file system."},
    {"steward_host_disk_available_bytes", gauge, "mountpoint", "Space for users without privileges."},
    {"steward_host_disk_used_ratio", gauge, "mountpoint",
     "Part of the space that is used, 0 to 1, as df shows it."},
    {"steward_host_disk_inodes_used_ratio", gauge, "mountpoint", "Part of the inodes that is used, 0 to 1."},
    {"steward_host_state_disk_used_ratio", gauge, "",
     "The same of the file system that holds the state folder."},
    {"steward_host_disk_full_seconds", gauge, "mountpoint",
     "When the disk will be full by its trend; absent while it does not fill."},
    {"steward_host_pressure_ratio", gauge, "resource,kind",
     "Part of the last 10 seconds that some or all (full) tasks waited for cpu, memory or io."},
    {"steward_host_open_fds", gauge, "", "Open file descriptors of all processes."},
    {"steward_host_max_fds", gauge, "", "The most that the machine allows."},
    {"steward_host_clock_offset_seconds", gauge, "",
     "How far the clock is off by the configured NTP server, else by the kernel; absent while nobody keeps "
     "it."},
    {"steward_host_clock_synchronized", gauge, "",
     "1 while a time service keeps the clock, or the configured NTP server finds it right."},

    {"steward_endpoint_up", gauge, "endpoint", "1 when the newest probe of the endpoint succeeded."},
    {"steward_endpoint_latency_seconds", gauge, "endpoint", "What the newest good probe took."},
    {"steward_endpoint_tls_expiry_seconds", gauge, "endpoint",
     "Until the first of the endpoint's certificates expires; negative afterwards."},

    {"steward_backup_age_seconds", gauge, "backup",
     "Since the newest backup in the store began; absent before the first."},
    {"steward_backup_overdue_seconds", gauge, "backup",
     "Since the oldest moment of the schedule that no backup has followed, else 0; absent without a "
     "schedule."},
    {"steward_backup_failures_in_a_row", gauge, "backup",
     "Attempts that failed or were cut short since the newest backup."},
    {"steward_backup_running", gauge, "backup,what",
     "1 while a backup (run) or a rehearsed restore (drill) is under way."},
    {"steward_backup_last_duration_seconds", gauge, "backup", "What the newest backup took."},
    {"steward_backup_size_bytes", gauge, "backup", "Of all files in the newest backup."},
    {"steward_backup_stored_bytes", gauge, "backup", "What the newest backup added to the store."},
    {"steward_backup_proved_age_seconds", gauge, "backup",
     "Since the newest backup began that a drill restored and found right; absent before the first."},
    {"steward_backup_proof_overdue_seconds", gauge, "backup",
     "Since nothing was proved for two moments of the drill's schedule, else 0; absent without one."},
    {"steward_backup_restore_duration_seconds", gauge, "backup", "What the newest good drill took."},
    {"steward_backup_drill_failures_in_a_row", gauge, "backup",
     "Drills that failed or were cut short since the newest good one; absent without a schedule for them."},
    {"steward_backup_exposure_seconds", gauge, "backup",
     "No more than this is lost when the machine vanishes now; absent before the first backup."},
    {"steward_backup_exposure_bytes", gauge, "backup",
     "Bytes of journals that are not in the store yet; absent where none are shipped."},

    {"steward_build_info", info, "version", "Steward's version."},
    {"steward_agent_start_time_seconds", gauge, "", "When the agent was started, since 1970."},
    {"steward_agent_restarts_total", counter, "", "Starts of the agent that followed an end."},
    {"steward_config_changed", gauge, "", "1 while the configuration file differs from what is in force."},
    {"steward_keeper_up", gauge, "", "1 while the keeper answers the agent."},
    {"steward_keeper_start_time_seconds", gauge, "", "When the keeper was started, since 1970."},
    {"steward_keeper_memory_bytes", gauge, "", "Resident memory of the keeper."},
    {"steward_keeper_cpu_seconds_total", counter, "", "CPU time of the keeper, over all its runs."},
    {"steward_keeper_trouble", gauge, "what", "1 for each thing that the keeper cannot do at present."},
    {"steward_state_events_total", counter, "", "Events folded into the state."},
    {"steward_state_bytes_total", counter, "", "Bytes of journals read."},
    {"steward_state_bad_lines_total", counter, "", "Lines of all journals that are no event."},
    {"steward_state_backlog_bytes", gauge, "", "Bytes of journals that are not read yet."},
    {"steward_state_last_commit_time_seconds", gauge, "",
     "When the state was last committed to disk, since 1970."},
    {"steward_state_commit_failures_total", counter, "", "Commits of the state that failed."},
    {"steward_state_trouble", gauge, "", "1 while something is wrong with reading or keeping the state."},
    {"steward_alarms", gauge, "severity,state", "Alarms that are pending, firing or acknowledged."},
    {"steward_alert_notifications_total", counter, "channel,result",
     "Messages about alarms: delivered, given up (refused), or summed up in another (digested)."},
    {"steward_alert_delivery_failures_total", counter, "channel",
     "Attempts to deliver a message that did not succeed."},
    {"steward_alert_outbox_pending", gauge, "channel", "Messages that wait to be delivered."},
    {"steward_alert_last_delivery_time_seconds", gauge, "channel",
     "When a message was delivered last, since 1970."},
    {"steward_http_requests_total", counter, "listener", "Requests answered."},
    {"steward_http_failures_total", counter, "listener,reason",
     "Requests refused (bad_request), failed inside (internal), connections turned away (busy)."},
    {"steward_metrics_samples", gauge, "", "Samples exposed here by the pass before."},
    {"steward_metrics_samples_dropped", gauge, "reason",
     "Samples left out by the pass before: too many (full), twice (duplicate), not allowed (invalid)."},
}};

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return "counter";
    case Kind::gauge:
      return "gauge";
    case Kind::histogram:
      return "histogram";
    case Kind::info:
      return "info";
    case Kind::untyped:
      break;
  }
  return "untyped";
}

}  // namespace

std::span<const Definition> catalogue() {
  return kCatalogue;
}

std::string catalogue_table() {
  std::string table = "| name | type | labels | meaning |\n|---|---|---|---|\n";
  for (const Definition& metric : kCatalogue)
    table += fmt::format("| `{}` | {} | {} | {} |\n", metric.name, kind_name(metric.kind), metric.labels,
                         metric.help);
  return table;
}

}  // namespace steward::metrics
