#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "base/table.hpp"
#include "state/pulse.hpp"

namespace steward::state {

/// How a bot's last run ended, from `bot.exited`.
struct LastExit {
  WallNs at = 0;         ///< 0: no run has ended yet
  bool unknown = false;  ///< it ended unseen, under a keeper that was itself killed
  int exit_code = -1;    ///< -1 when a signal ended it
  int signal = 0;
  std::string run;
  std::string reason;
  std::int64_t uptime_ns = 0;
};

/// What a journal itself is like, over all runs of its bot.
struct JournalFacts {
  std::int64_t journal_events = 0;
  std::int64_t journal_bad_lines = 0;
  std::int64_t journal_unknown = 0;  ///< events of a type this version does not know
  std::int64_t journal_shrunk = 0;   ///< segments that became shorter
  WallNs last_event = 0;             ///< `t` of the newest event, 0: none
};

/// What is known of a bot, from the keeper's journal (its life) and its own (its work). The agent itself is
/// one, named "agent". Values count since the state folder began unless said otherwise.
struct Bot : JournalFacts {
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
  std::int64_t watchdog_missed = 0;           ///< runs ended because of it
  bool gate_open = true;
  std::int64_t gate_epoch = 0;
  std::string gate_reason;
  bool staged = false;
  bool removed = false;
  std::int64_t output_lines_dropped = 0;
  std::int64_t output_dropped_before = 0;      ///< of which by earlier runs
  std::int64_t series_refused = 0;             ///< `metric` events beyond kMostSeries
  std::map<std::string, std::int64_t> errors;  ///< by code; "other" beyond kMostErrorCodes
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
  bool ended =
      false;  ///< no longer open (docs/formats/journal.md, Orders), its market is closed or its run over
  WallNs created = 0, updated = 0;
  std::int64_t latency_ns = -1;
  WallNs answered = 0;  ///< when latency_ns was told
};

/// A market as one bot sees it (two bots may replay the same market at different speeds).
struct Market {
  std::string bot, run;  ///< the run that spoke of it last
  std::string market_id, market_type, market_name, event_name, venue, status;
  WallNs market_time = 0, updated = 0;
  bool in_play = false;
  bool closed = false;  ///< the market is closed
  bool ended = false;   ///< closed, or the run that followed it is over
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
  // By the events' own time, so that replaying them gives the same:
  std::int32_t high_day = 0;        ///< the day of the newest event; what follows is of it
  Pence high = 0, high_booked = 0;  ///< the most that day() was; realized less commission of that day

  Pence day() const { return day_realized - day_commission + unrealized; }
  /// What the day has lost since its high.
  Pence drawdown(std::int32_t today) const {
    return high_day == today ? std::max<Pence>(0, high - high_booked - unrealized) : 0;
  }
};

/// Upper bounds in nanoseconds of `order_placement_duration_seconds`; one more bucket takes the rest.
inline constexpr std::array<std::int64_t, 14> kLatencyBounds{
    100'000,    250'000,    500'000,     1'000'000,   2'500'000,   5'000'000,     10'000'000,
    25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 5'000'000'000};

struct Latency {
  std::array<std::int64_t, kLatencyBounds.size() + 1> buckets{};  ///< not cumulative
  std::int64_t count = 0, sum_ns = 0;
};

/// What the answers to one strategy's orders took.
struct StrategyLatency : Latency {
  std::string bot, strategy;
};

/// A series a bot journalled (`metric`) or exposed to be scraped. A counter's value counts over all runs; a
/// gauge ends with its run.
struct Series {
  std::string bot, name;
  std::map<std::string, std::string> labels;
  double value = 0;
  bool counter = false;
  bool scraped = false;
  std::string run;                ///< that gave the newest value; empty when scraped
  double before = 0, newest = 0;  ///< a counter is what earlier runs came to, and this run's newest value
};

/// Counts of all bots together are Model::orders_placed().
struct OrdersPlaced {
  std::string strategy, market_type;
  std::int64_t count = 0;
  std::string bot;
  std::int64_t before = 0, newest = 0;  ///< when scraped: of earlier processes, and the newest value
};

/// What one strategy of a bot that is scraped exposes about now.
struct ScrapedStrategy {
  std::string bot, strategy;
  std::int64_t active_positions = 0;
  Pence unrealized = 0;
};

/// The latency histogram of a bot that is scraped: `Latency` is the sum, these its parts.
struct ScrapedLatency : Latency {
  std::string bot;
  Latency before, newest;
};

/// One `pnl` entry: the absolute values last told of a market, or of a whole run (no market_id).
struct Ledger {
  std::string bot, strategy, market_id;
  std::string run;  ///< part of the key when simulated or whole
  bool simulated = false;
  bool counted = true;  ///< part of Profit; false for a market's entry in a run that also gives whole values
  Pence realized = 0, commission = 0, unrealized = 0;
};

/// What was booked on one trading day.
struct DayBook {
  std::string bot, strategy;
  std::int32_t day = 0;  ///< days since 1970-01-01 in the configured zone
  Pence realized = 0, commission = 0;
};

/// What one strategy of a bot did, since the state folder began.
struct Activity {
  std::string bot, strategy;
  std::int64_t rejected = 0;
  WallNs since = 0;  ///< its first order that was placed or rejected
};

/// What it did in one clock hour.
struct HourBook {
  std::string bot, strategy;
  std::int64_t hour = 0;  ///< since 1970-01-01 UTC
  std::int64_t placed = 0;
  std::int64_t transactions = 0;  ///< placed and rejected, without simulated ones
};

struct Note {
  std::string bot, level, text;
  WallNs at = 0;
};

struct BadLine {
  std::string bot, file;  ///< path below the state folder
  std::int64_t offset = 0;
  std::string reason;
  WallNs at = 0;
};

/// The keeper as its journal shows it.
struct Keeper : JournalFacts {
  int pid = 0;
  std::string version, how;
  WallNs started_at = 0;
  bool stopping = false;
  std::map<std::string, std::string> troubles;  ///< what it cannot do at present: `what` → `text`
};

// Bounds of what is kept in memory and in state.db; totals count on.
inline constexpr std::size_t kEndedOrders = 10'000;
inline constexpr std::size_t kEndedMarkets = 1'000;
inline constexpr std::size_t kClosedLedgers = 10'000;
inline constexpr std::size_t kMostOpenOrders = 100'000;
inline constexpr std::size_t kMostPositions = 100'000;
inline constexpr std::size_t kMostMarkets = 20'000;
inline constexpr std::size_t kMostStrategies = 256;  ///< of a bot; more are counted as "other"
inline constexpr std::size_t kMostSeries = 5'000;    ///< of a bot
inline constexpr std::size_t kMostErrorCodes = 100;  ///< of a bot
inline constexpr std::size_t kNotes = 500;
inline constexpr std::size_t kBadLines = 200;
inline constexpr std::int32_t kDaysKept = 8;
inline constexpr std::int64_t kHour = 3600 * kSecond;
inline constexpr std::int64_t kHoursKept = 7 * 24 + 2;
inline constexpr std::size_t kMostHours = 100'000;

/// Everything Steward knows, folded from the journals. Owned and changed by the engine's thread; others read
/// it inside Engine::read(). `for (const auto& [id, entry] : model.orders.rows()) entry.row…` goes from the
/// oldest to the newest.
struct Model {
  Table<Bot> bots;
  Table<Order> orders;
  Table<Market> markets;
  Table<Position> positions;
  Table<Profit> profits;
  Table<Ledger> ledgers;
  Table<DayBook> days;
  Table<OrdersPlaced> placed;
  Table<StrategyLatency> latencies;
  Table<Series> series;
  Table<ScrapedStrategy> scraped_strategies;
  Table<ScrapedLatency> scraped_latencies;
  Table<Activity> activities;
  Table<HourBook> hours;
  Table<Note> notes;
  Table<BadLine> bad_lines;
  Table<Keeper> keepers;   ///< one row at most
  std::int32_t today = 0;  ///< the trading day, days since 1970-01-01
  std::int64_t hour = 0;   ///< the clock hour, since 1970-01-01 UTC
  // Not kept in state.db: OrderFold makes them anew from `orders`.
  std::set<std::int64_t> open_orders;                                ///< ids of those that have not ended
  std::map<std::string, RecentLatency, std::less<>> recent_latency;  ///< by strategy

  const Bot* bot(std::string_view name) const;
  const Keeper* keeper() const;
  /// orders_placed_total: the counts of all bots by strategy and market type.
  std::map<std::pair<std::string, std::string>, std::int64_t> orders_placed() const;
  std::int64_t total_orders() const;
  /// order_placement_duration_seconds of all strategies, scraped ones included.
  Latency latency() const;
  /// Positions that are not flat, by strategy; a strategy that is known and has none is 0.
  std::map<std::string, std::int64_t> active_positions() const;
  /// Unrealised profit by strategy.
  std::map<std::string, Pence> unrealized() const;
  /// The trading day's profit by currency ("" when no bot said).
  std::map<std::string, Pence> daily_pnl() const;
  /// Markets that a bot follows and that are not closed, by bot.
  std::map<std::string_view, std::int64_t> open_markets() const;
  /// Distinct markets that some bot follows and that are not closed.
  std::int64_t active_markets() const;
};

}  // namespace steward::state
