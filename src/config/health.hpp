#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace steward::config {

struct Reading;
struct Settings;
class TableReader;

/// One `[[health.endpoint]]`: something the bots need, asked again and again.
struct HealthEndpoint {
  std::string name;
  std::string url;  ///< tcp://host:port, tls://host:port, http://… or https://…
  std::int64_t every = 30 * kSecond, timeout = 5 * kSecond;
  std::int64_t status = 0;  ///< HTTP status that is expected; 0: any from 200 to 399
  std::string expect;       ///< text that the answer must hold; empty: any answer
  std::string ca_file;      ///< certificates to trust instead of the system's
  int line = 0;
};
inline constexpr std::size_t kMostEndpoints = 100;

/// `[health]`: what of the host is still well. A plain value.
struct HealthSettings {
  std::int64_t cpu_percent = 85, memory_percent = 90, disk_percent = 95, inodes_percent = 95,
               swap_percent = 80;
  std::int64_t load_per_cpu = 4;  ///< average over five minutes
  std::int64_t clock_offset = 500 * kMillisecond;
  std::int64_t disk_full_in = 6 * 3600 * kSecond;
  std::int64_t tls_expiry = 14 * 24 * 3600 * kSecond;
  std::string ntp_server;  ///< "host" or "host:port"; empty: none is asked
  std::vector<HealthEndpoint> endpoints;
};

/// Reads [health] and its endpoints into out.health.
void read_health(TableReader& root, Settings& out, Reading& reading);

}  // namespace steward::config
