#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "base/result.hpp"
#include "keeper/client.hpp"

namespace steward::cli {

/// One bot of a status. What nobody knows is empty: the keeper alone tells less than the agent.
struct BotStatus {
  std::string name, state, reason, run, status_text;
  WallNs since = 0;
  std::optional<WallNs> next_start, started_at;
  std::optional<std::int64_t> pid;
  std::int64_t restarts = 0;
  std::optional<WallNs> exit_at;
  std::string exit_text;  ///< of the last run that ended; empty: none has
  std::optional<std::int64_t> memory_bytes;
  std::optional<double> cpu_percent;
  std::optional<std::int64_t> orders, journal_age_ns;
  std::optional<Pence> daily_pnl, unrealized;
  std::string currency;
  bool gate_open = true;
  std::string gate_reason;
  bool staged = false;
};

/// One [[backup]] of a status.
struct BackupStatus {
  std::string name, error;  ///< why the newest run, else the newest drill, failed; empty: neither did
  bool running = false, drilling = false;
  std::int64_t failures = 0, drill_failures = 0;
  std::optional<WallNs> next, made, proved;  ///< when the newest backup, the newest proved one began
  std::optional<std::int64_t> bytes, overdue_ns;
};

/// What `steward status` shows: the agent's answer (docs/formats/control.md), or the keeper's when the agent
/// is away.
struct StatusReport {
  bool from_agent = false;
  WallNs now = 0;
  std::string timezone, currency;
  std::string config_path, config_error;
  bool config_changed = false;
  std::string health;  ///< empty: nobody judged it
  std::vector<std::string> health_reasons;
  std::string metrics_address, dashboard_address;
  std::int64_t firing_alarms = 0;
  std::vector<std::string> worst_alarms;  ///< a sentence each; the worst of those that fire
  std::vector<std::string> notices;
  std::vector<BotStatus> bots;
  std::vector<BackupStatus> backups;

  const BotStatus* find(std::string_view name) const;
};

/// The agent's answer to `status`.
Result<StatusReport> status_of_agent(std::string_view json);

/// The keeper's answer to `status`. The agent, which it lists as a bot, is left out.
Result<StatusReport> status_of_keeper(const std::vector<keeper::Client::Words>& lines, WallNs now);

/// The same as JSON, in the form of docs/formats/control.md: what `--json` prints when the agent is away.
std::string to_json(const StatusReport& report);

}  // namespace steward::cli
