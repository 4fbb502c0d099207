#include "cli/health_table.hpp"

#include <gtest/gtest.h>

#include "agent/host_health.hpp"
#include "cli/zone.hpp"

namespace steward::cli {
namespace {

TEST(HealthTable, ShowsTheHostThenTablesThenWarnings) {
  use_zone("Europe/London");
  agent::HealthSnapshot snapshot;
  snapshot.now = 1'795'357'505 * kSecond;
  snapshot.from_agent = true;
  snapshot.host = {.cpus = 2, .cpu_ratio = 0.125, .memory_total = 8LL << 30, .memory_available = 2LL << 30};
  snapshot.host.load = {0.5, 0.25, 0.125};
  snapshot.host.pressure[0] = {.some = 0.02, .full = 0};
  snapshot.host.open_fds = 800, snapshot.host.max_fds = 100'000;
  snapshot.host.clock = ClockSync{.synchronized = true, .offset_ns = -1'500'000};
  snapshot.clock_by = "kernel";
  Disk disk;
  disk.mount_point = "/data", disk.size_bytes = 100LL << 30;
  disk.used_bytes = 96LL << 30, disk.available_bytes = 4LL << 30, disk.full_in_ns = 7200 * kSecond;
  snapshot.disks = {disk};
  snapshot.endpoints = {{.name = "api",
                         .known = true,
                         .up = true,
                         .error = {},
                         .latency_ns = 30 * kMillisecond,
                         .tls_expires = snapshot.now + 30 * 86400 * kSecond},
                        {.name = "new"}};
  snapshot.bots = {{.name = "racing",
                    .state = "ready",
                    .reason = "",
                    .memory_bytes = 64 << 20,
                    .cpu_percent = 2.1,
                    .memory_growth_per_hour = -1048576.0}};
  const auto table = health_table(agent::health_report(snapshot, {}), false);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(*table,
            "warning  14:25:05 GMT\n"
            "\n"
            "CPU       12.5 % in use, 2 CPUs\n"
            "load      0.50 0.25 0.12 over 1, 5, 15 minutes\n"
            "memory    75.0 % of 8.0 GiB used\n"
            "swap      none\n"
            "pressure  some tasks waited: cpu 2.0 % of the last 10 s\n"
            "files     800 of 100000 open\n"
            "clock     synchronized, 1 ms off (kernel)\n"
            "\n"
            "DISK      SIZE     FREE    USED  INODES  FULL IN\n"
            "/data  100 GiB  4.0 GiB  96.0 %   0.0 %   2h 00m\n"
            "\n"
            "ENDPOINT  STATE          LATENCY  CERTIFICATE EXPIRES IN\n"
            "api       up               30 ms                  30d 0h\n"
            "new       not asked yet        -                       -\n"
            "\n"
            "BOT     STATE    MEMORY    CPU  GROWTH AN HOUR\n"
            "racing  ready  64.0 MiB  2.1 %        -1.0 MiB\n"
            "\n"
            "warning: disk /data: 96 % used, more than 95 %\n"
            "warning: disk /data: full in 2h 00m by its trend, sooner than 6h\n");
}

TEST(HealthTable, SaysWhenItIsNoReport) {
  EXPECT_FALSE(health_table("", false));
  EXPECT_FALSE(health_table("[]", false));
}

}  // namespace
}  // namespace steward::cli
