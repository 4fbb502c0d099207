#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backup/jobs/job_view.hpp"
#include "base/clock.hpp"
#include "logs/tally.hpp"
#include "metrics/scrape/schedule.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"
#include "os/facts/process.hpp"
#include "os/facts/usage.hpp"
#include "store/engine.hpp"

namespace steward::metrics {

/// What the agent knows of a bot beside the state.
struct BotFacts {
  std::optional<Usage> usage;  ///< while it runs
  std::optional<double> memory_growth_per_hour;
  std::int64_t watchdog_ns = 0;       ///< as configured; 0: none
  std::optional<ScrapeFacts> scrape;  ///< when it has an endpoint
  const logs::Tally* log = nullptr;   ///< borrowed for the time of collect(); null: not looked at yet
};

/// What is known of one `[[health.endpoint]]`.
struct EndpointFacts {
  std::string name;
  bool known = false;            ///< it was probed
  bool up = false;               ///< the newest probe succeeded
  std::string error;             ///< why it did not
  std::int64_t latency_ns = -1;  ///< of the newest that did
  WallNs tls_expires = 0;        ///< 0: no certificate was seen
};

/// One HTTP listener about itself ("metrics", "dashboard"), since the agent began.
struct ListenerFacts {
  std::string name;
  std::int64_t requests = 0, bad_requests = 0, handler_failures = 0, turned_away = 0;
};

/// How it goes with alarms: how many there are by severity and state, and each channel about itself since the
/// agent began.
struct AlertFacts {
  struct Channel {
    std::string name;
    std::int64_t delivered = 0, failed = 0, refused = 0, digested = 0, pending = 0;
    WallNs last_delivery = 0;  ///< 0: none yet
  };
  std::map<std::pair<std::string_view, std::string_view>, std::int64_t> alarms;
  std::vector<Channel> channels;
};

/// What one look at /metrics shows beside the state, gathered by the agent.
struct Sources {
  WallNs now = 0;
  std::map<std::string, BotFacts, std::less<>> bot_facts;
  std::optional<HostFacts> host;
  std::span<const Disk> disks;  ///< borrowed for the time of collect(), as is state_disk
  const Disk* state_disk = nullptr;
  std::span<const EndpointFacts> endpoints;  ///< borrowed likewise
  std::string boot_id;
  WallNs boot_time = 0;

  std::string version;
  std::string agent_run;  ///< the agent's own run
  WallNs agent_started = 0;
  bool config_changed = false;        ///< the file differs from what is in force
  bool keeper_up = false;             ///< it answers
  std::optional<ProcessStat> keeper;  ///< its process, from a ProcessProbe
  store::EngineFacts engine;
  std::vector<ListenerFacts> listeners;
  AlertFacts alerts;
  std::vector<backup::JobView> backups;
};

}  // namespace steward::metrics
