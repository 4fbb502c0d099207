#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "metrics/family.hpp"

namespace steward::metrics {

/// Every metric of Steward's own. The order is that of the catalogue and of /metrics.
enum class Metric : std::uint8_t {
  orders_placed,
  placement_duration,
  active_positions,
  unrealized_pnl,
  realized_pnl,
  commission,
  daily_pnl,
  strategy_info,
  open_orders,
  unknown_orders,
  active_markets,
  order_latency,
  orders_rejected,
  order_oldest_unmatched,
  exposure,
  daily_drawdown,
  orders_usual_ratio,
  transactions_hour,
  in_play_open_orders,

  bot_up,
  bot_state,
  bot_restarts,
  bot_exits,
  bot_start_time,
  bot_last_exit_time,
  bot_memory,
  bot_memory_growth,
  bot_cpu,
  bot_open_fds,
  bot_processes,
  bot_gate_open,
  bot_gate_epoch,
  bot_watchdog,
  bot_watchdog_missed,
  bot_staged,
  bot_output_dropped,
  bot_log_lines,
  bot_log_skipped,
  bot_errors,
  bot_stream_age,
  bot_stream_lag,
  bot_stream_markets,
  bot_open_markets,
  bot_journal_age,
  bot_journal_events,
  bot_journal_bad_lines,
  bot_journal_unknown,
  journal_shrunk,
  bot_series_refused,
  bot_scrape_up,
  bot_scrape_duration,
  bot_scrape_samples,
  bot_scrape_dropped,
  bot_scrape_failures,

  host_info,
  host_boot_time,
  host_cpu_seconds,
  host_cpus,
  host_cpu_ratio,
  host_load,
  host_memory_total,
  host_memory_available,
  host_memory_ratio,
  host_swap_total,
  host_swap_free,
  host_disk_size,
  host_disk_available,
  host_disk_ratio,
  host_inodes_ratio,
  host_state_disk_ratio,
  host_disk_full,
  host_pressure,
  host_open_fds,
  host_max_fds,
  host_clock_offset,
  host_clock_synchronized,

  endpoint_up,
  endpoint_latency,
  endpoint_tls_expiry,

  backup_age,
  backup_overdue,
  backup_failures,
  backup_running,
  backup_last_duration,
  backup_size,
  backup_stored,
  backup_proved_age,
  backup_proof_overdue,
  backup_restore_duration,
  backup_drill_failures,
  backup_exposure,
  backup_exposure_bytes,

  build_info,
  agent_start_time,
  agent_restarts,
  config_changed,
  keeper_up,
  keeper_start_time,
  keeper_memory,
  keeper_cpu,
  keeper_trouble,
  state_events,
  state_bytes,
  state_bad_lines,
  state_backlog,
  state_last_commit,
  state_commit_failures,
  state_trouble,
  alarms,
  alert_notifications,
  alert_delivery_failures,
  alert_outbox_pending,
  alert_last_delivery,
  http_requests,
  http_failures,
  metrics_samples,
  metrics_dropped,
  count_,
};

struct Definition {
  std::string_view name;
  Kind kind;
  std::string_view labels;  ///< names with commas between, as the documentation shows them
  std::string_view help;    ///< one sentence
};

/// By Metric.
std::span<const Definition> catalogue();

/// docs/metrics.md's table, a row for each metric; a test holds the document to it.
std::string catalogue_table();

}  // namespace steward::metrics
