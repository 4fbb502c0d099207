#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"

namespace steward::state {

/// How a bot's last run ended, from `bot.exited`.
struct LastExit {
  WallNs at = 0;         ///< 0: no run has ended yet
  bool unknown = false;  ///< it ended unseen, under a keeper that was itself killed
  int exit_code = -1;    ///< -1 when a signal ended it
  int signal = 0;
  std::string reason;
  std::int64_t uptime_ns = 0;
};

/// What is known of a bot, from the keeper's journal (its life) and its own (its work). The agent itself is
/// one, named "agent". Values count since the state folder began unless said otherwise.
struct Bot {
  std::string name;
  std::string state = "stopped";  ///< docs/formats/journal.md, `bot.state`
  std::string state_reason;
  std::string status_text;  ///< the bot's own STATUS=
  WallNs state_since = 0;
  WallNs next_start = 0;  ///< while backing-off or struggling
  std::string run;
  int pid = 0;
  std::string cgroup;
  WallNs started_at = 0;
  std::int64_t restarts = 0;
  LastExit last_exit;
  std::map<std::string, std::int64_t> exits;  ///< by "0", "1", …, "SIGKILL", …, "unknown"
  bool gate_open = true;
  std::int64_t gate_epoch = 0;
  std::string gate_reason;
  bool staged = false;
  bool removed = false;
  std::int64_t output_lines_dropped = 0;
  std::int64_t journal_events = 0;
  std::int64_t journal_bad_lines = 0;
  std::int64_t journal_unknown = 0;  ///< events of a type this version does not know
  std::int64_t journal_shrunk = 0;
  WallNs last_event = 0;                       ///< `t` of the newest event, 0: none
  std::map<std::string, std::int64_t> errors;  ///< by code
  std::int64_t stream_lag_ns = -1;             ///< -1: never said
  std::int64_t stream_age_ns = -1;
  std::int64_t stream_markets = 0;
};

enum class OrderStatus : std::uint8_t { intent, executable, complete, rejected, unknown, settled };

struct Order {
  std::string bot, run, strategy;
  std::string customer_order_ref, bet_id, market_id, market_type;
  std::int64_t selection_id = 0;
  Pence handicap = 0;  ///< hundredths
  bool back = true;
  std::string order_type, persistence_type, error_code;
  Price price = 0, average_price_matched = 0;
  Pence size = 0, size_matched = 0, size_remaining = 0, size_cancelled = 0, size_lapsed = 0, size_voided = 0;
  Pence profit = 0;
  OrderStatus status = OrderStatus::intent;
  bool simulated = false;
  bool counted = false;  ///< already in orders_placed_total
  WallNs created = 0, updated = 0;
  std::int64_t latency_ns = -1;
};

struct Market {
  std::string market_id, market_type, market_name, event_name, venue, status;
  WallNs market_time = 0, updated = 0;
  bool in_play = false;
  bool closed = false;
  std::int64_t bet_delay = 0, version = 0;
};

/// One strategy's bets on one runner of one market.
struct Position {
  std::string bot, run, strategy, market_id;
  std::int64_t selection_id = 0;
  Pence handicap = 0;
  Pence if_win = 0, if_lose = 0;
  bool simulated = false;
  WallNs updated = 0;
};

/// Profit of one strategy of one bot.
struct Profit {
  std::string bot, strategy, currency;
  Pence realized = 0;                          ///< since the state folder began, before commission
  Pence commission = 0;                        ///< likewise
  Pence unrealized = 0;                        ///< now
  Pence day_realized = 0, day_commission = 0;  ///< booked in the current trading day

  Pence day() const { return day_realized - day_commission + unrealized; }
};

/// Upper bounds in nanoseconds of `order_placement_duration_seconds`; one more bucket takes the rest.
inline constexpr std::array<std::int64_t, 14> kLatencyBounds{
    100'000,    250'000,    500'000,     1'000'000,   2'500'000,   5'000'000,     10'000'000,
    25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 5'000'000'000};

struct Latency {
  std::array<std::int64_t, kLatencyBounds.size() + 1> buckets{};  ///< not cumulative
  std::int64_t count = 0, sum_ns = 0;
};

/// A series a bot journalled (`metric`) or exposed to be scraped.
struct Series {
  std::string bot, name;
  std::map<std::string, std::string> labels;
  double value = 0;
  bool counter = false;
};

struct OrdersPlaced {
  std::string strategy, market_type;
  std::int64_t count = 0;
};

}  // namespace steward::state
