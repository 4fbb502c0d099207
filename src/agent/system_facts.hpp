#pragma once

#include <string>
#include <vector>

#include "agent/alarms.hpp"
#include "agent/backups.hpp"
#include "agent/clock_watch.hpp"
#include "agent/configuration.hpp"
#include "agent/endpoint_watch.hpp"
#include "agent/host_health.hpp"
#include "agent/observer.hpp"
#include "agent/scraper.hpp"
#include "base/clock.hpp"
#include "dashboard/facts.hpp"
#include "metrics/sources.hpp"
#include "store/engine.hpp"

namespace steward::agent {

/// Everything the agent knows, put together for those who show it: the dashboard, `steward status`, /metrics.
/// Borrows its sources; control thread only.
class SystemFacts final : public dashboard::Facts {
 public:
  struct Parts {
    store::Engine& engine;
    const Configuration& configuration;
    Observer& observer;
    const Scraper& scraper;
    const EndpointWatch& endpoints;
    const ClockWatch& time;
    const Clock& clock;
    Alarms& alarms;
    const Backups& backups;
  };
  explicit SystemFacts(Parts parts);

  dashboard::Overview overview() override;
  dashboard::OrderPage orders(const dashboard::OrderQuery& query) override;
  dashboard::AlarmPage alarms(const dashboard::AlarmQuery& query) override;

  /// What /metrics shows beside the state; borrows from the observer until it looks again.
  metrics::Sources sources() const;

  /// The answer to `{"command":"health"}`.
  std::string health();

  /// What the agent itself cannot do at present, one sentence each, by what it is about; empty text: it can
  /// again.
  void trouble(const std::string& about, std::string text);
  std::vector<std::string> troubles() const;

 private:
  metrics::BotFacts bot_facts(const config::Bot& bot) const;
  HostFacts host() const;
  HealthSnapshot host_snapshot() const;
  void add_bot_facts(dashboard::Overview& view) const;
  void add_health(dashboard::Overview& view) const;
  void add_alarms(dashboard::Overview& view) const;

  Parts parts_;
  WallNs started_;
  std::string boot_id_;
  std::map<std::string, std::string> troubles_;
};

}  // namespace steward::agent
