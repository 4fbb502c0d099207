#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/health.hpp"
#include "metrics/sources.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"

namespace steward::agent {

/// How the host, its disks, the endpoints and the bots are at one instant, whoever looked: the agent, or
/// `steward health` by itself. A plain value.
struct HealthSnapshot {
  struct Bot {
    std::string name, state, reason;
    std::int64_t memory_bytes = -1;  ///< -1: not known
    double cpu_percent = -1;         ///< likewise
    std::optional<double> memory_growth_per_hour;
  };
  WallNs now = 0;
  std::string timezone;
  bool from_agent = false;
  HostFacts host;
  std::optional<double> cpu_ratio_of_minute;  ///< what is judged
  std::string clock_by;     ///< "kernel" or the time server that was asked; empty: nobody knows
  std::string clock_error;  ///< why the time server did not answer
  std::vector<Disk> disks;
  std::vector<metrics::EndpointFacts> endpoints;
  std::vector<Bot> bots;
};

/// One verdict.
struct Check {
  std::string name;  ///< "cpu", "disk /data", "endpoint exchange", "bot racing", …
  bool warning = false;
  std::string text;  ///< of a warning: a sentence with the value and the threshold
};

/// Every verdict on the host and the endpoints, in the order in which people read them.
std::vector<Check> judge_host(const HealthSnapshot& snapshot, const config::HealthSettings& settings);

/// The snapshot with its verdicts (docs/health.md): one JSON object with `ok`.
std::string health_report(const HealthSnapshot& snapshot, const config::HealthSettings& settings);

}  // namespace steward::agent
