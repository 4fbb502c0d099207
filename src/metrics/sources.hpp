#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "metrics/scrape/schedule.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"
#include "os/facts/process.hpp"
#include "os/facts/usage.hpp"
#include "state/model.hpp"

namespace steward::metrics {

/// What the agent knows of a bot beside the state.
struct BotFacts {
  std::optional<Usage> usage;         ///< while it runs
  std::int64_t watchdog_ns = 0;       ///< as configured; 0: none
  std::optional<ScrapeFacts> scrape;  ///< when it has an endpoint
};

/// A strategy's orders that have not ended.
struct OrderCounts {
  std::int64_t open = 0, unknown = 0;

  void add(const state::Order& order) {
    open += order.status == state::OrderStatus::intent || order.status == state::OrderStatus::executable;
    unknown += order.status == state::OrderStatus::unknown;
  }
};

/// The state engine about itself. Counts are since the agent began.
struct StateFacts {
  std::int64_t events = 0, bytes = 0, bad_lines = 0, backlog_bytes = 0, commit_errors = 0;
  std::int64_t commit_age_ns = 0;
  bool trouble = false;
};

/// One HTTP listener about itself ("metrics", "dashboard"), since the agent began.
struct ListenerFacts {
  std::string name;
  std::int64_t requests = 0, bad_requests = 0, handler_failures = 0, turned_away = 0;
};

/// Everything that one look at /metrics shows, gathered by the agent. Pointers are borrowed for the time of
/// Collector::collect(), so it is called while the state is held still.
struct Sources {
  WallNs now = 0;

  // From the state (Model::orders_placed() and the like).
  std::vector<const state::Bot*> bots;
  std::vector<const state::Profit*> profits;
  std::vector<const state::Series*> series;
  std::map<std::pair<std::string, std::string>, std::int64_t> orders_placed;  ///< by strategy, market type
  state::Latency latency;
  std::map<std::string, std::int64_t> active_positions;  ///< by strategy
  std::map<std::string, Pence> unrealized;               ///< by strategy
  std::map<std::string, OrderCounts> orders;             ///< by strategy
  std::int64_t active_markets = 0;

  std::map<std::string, BotFacts, std::less<>> bot_facts;
  std::optional<HostFacts> host;
  std::span<const Disk> disks;
  const Disk* state_disk = nullptr;
  std::string boot_id;
  WallNs boot_time = 0;

  std::string version;
  std::string agent_run;  ///< the agent's own run
  WallNs agent_started = 0;
  bool keeper_up = false;
  std::string keeper_run;  ///< what tells one keeper process from another, such as its pid and start time
  WallNs keeper_started = 0;
  std::optional<ProcessStat> keeper;
  StateFacts state;
  std::vector<ListenerFacts> listeners;
};

}  // namespace steward::metrics
