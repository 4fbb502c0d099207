#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace steward::dashboard {

/// Everything that decides how healthy Steward is. A plain value, gathered by the agent.
struct HealthInput {
  struct Bot {
    std::string name;
    std::string state;  ///< docs/formats/journal.md, `bot.state`
    std::string reason;
  };
  struct Scrape {
    std::string bot;
    std::string error;
  };

  bool keeper_reachable = true;
  std::string keeper_error;   ///< why not
  bool state_alive = true;    ///< the thread that folds the journals turns
  std::string state_trouble;  ///< what it cannot do at present (a full disk, …), "" when it can do everything
  std::vector<std::string> keeper_troubles;
  std::vector<std::string> own_troubles;   ///< of the agent: a port that is taken, …
  std::vector<std::string> host_troubles;  ///< the host and what the bots need of others (`[health]`)
  std::int64_t recent_bad_lines = 0;       ///< journal lines that did not parse, of the last 15 minutes
  std::vector<Bot> bots;
  std::vector<Scrape> failing_scrapes;
  std::vector<std::string> critical_alarms, alarms;  ///< that fire, a sentence each
};

enum class Health { healthy, degraded, unhealthy };
std::string_view health_name(Health health);

struct Verdict {
  Health health = Health::healthy;
  std::vector<std::string> reasons;  ///< the worst first
};

/// Unhealthy only when Steward cannot keep what it was told to keep: its keeper or its state is gone, or a
/// bot that should run does not stay up. Degraded when an alarm fires, or a bot or a source of facts is in
/// trouble. What a person chose (stopped, staged) is neither.
Verdict judge(const HealthInput& input);

}  // namespace steward::dashboard
