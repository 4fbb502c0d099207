#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerts/alarm.hpp"
#include "backup/jobs/job_view.hpp"
#include "base/clock.hpp"
#include "base/money.hpp"
#include "dashboard/health.hpp"
#include "logs/tally.hpp"
#include "state/model.hpp"

namespace steward::dashboard {

/// A bot and what its work came to.
struct BotView {
  state::Bot bot;
  std::int64_t memory_bytes = -1;  ///< of all its processes, -1: not known
  double cpu_percent = -1;         ///< 100 is one core
  logs::Tally log;                 ///< its lines by level
  std::int64_t orders = 0;         ///< placed, since the state folder began
  std::int64_t open_orders = 0;
  std::int64_t positions = 0;  ///< that are not flat
  std::string currency;
  Pence daily_pnl = 0;
  Pence unrealized = 0;
};

/// Something that happened, for "what changed".
struct Change {
  WallNs at = 0;
  std::string bot;
  std::string level;  ///< info, warning, error
  std::string text;
};

/// An alarm and why it is not told, if so.
struct AlarmShown {
  alerts::Alarm alarm;
  std::int64_t silence = 0;  ///< the number of a silence that holds for it, 0: none
  bool inhibited = false;    ///< another alarm explains it
};

/// The whole system at one instant, as the dashboard shows it. A plain value.
struct Overview {
  WallNs now = 0;
  std::string timezone = "UTC";
  std::string currency;  ///< as configured; amounts without one of their own are in it
  std::string version;
  std::int64_t uptime_ns = 0;
  HealthInput health;
  std::vector<BotView> bots;
  std::vector<state::Position> positions;  ///< that are not flat; at most kMostShown
  std::vector<state::Market> markets;      ///< that are followed; at most kMostShown
  std::map<std::string, Pence> daily_pnl;  ///< by currency
  std::map<std::string, Pence> unrealized;
  Pence at_risk = 0;        ///< that matched bets lose at worst
  Pence at_risk_paper = 0;  ///< the same of simulated ones
  std::int64_t total_orders = 0;
  std::int64_t open_orders = 0;
  std::int64_t active_positions = 0;
  std::int64_t active_markets = 0;
  std::int64_t active_strategies = 0;
  std::vector<Change> changes;     ///< newest first
  std::vector<AlarmShown> alarms;  ///< that fire, the worst first; at most kMostAlarmsShown
  std::int64_t firing_alarms = 0;  ///< all of them, acknowledged ones too
  std::vector<backup::JobView> backups;
};

inline constexpr std::size_t kMostShown = 200;
inline constexpr std::size_t kMostOrdersAPage = 500;
inline constexpr std::size_t kMostAlarmsAPage = 500, kMostAlarmsShown = 20;

/// Which orders, newest first.
struct OrderQuery {
  std::size_t limit = 100;  ///< 1 to kMostOrdersAPage
  std::int64_t after = 0;   ///< the cursor of the page before, 0: the newest
  std::optional<std::string> bot, strategy;
  std::optional<state::OrderStatus> status;
};

struct OrderPage {
  std::vector<std::pair<std::int64_t, state::Order>> orders;  ///< each with its cursor
  bool more = false;                                          ///< older ones follow
};

/// Which alarms, the worst first.
struct AlarmQuery {
  std::size_t limit = 100;  ///< 1 to kMostAlarmsAPage
  std::int64_t after = 0;   ///< so many are left out: the cursor of the page before
  std::optional<alerts::AlarmState> state;
};

struct AlarmPage {
  std::vector<AlarmShown> alarms;
  bool more = false;
};

/// Where the dashboard's facts come from; implemented by the agent. Called on the control thread, so it must
/// be quick (a few milliseconds) and never wait for a disk.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual Overview overview() = 0;
  virtual OrderPage orders(const OrderQuery& query) = 0;
  virtual AlarmPage alarms(const AlarmQuery& query) = 0;
};

/// "intent", "executable", …
std::string_view status_name(state::OrderStatus status);
std::optional<state::OrderStatus> status_named(std::string_view name);

}  // namespace steward::dashboard
