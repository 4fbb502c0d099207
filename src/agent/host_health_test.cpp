#include "agent/host_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace steward::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HostHealthTest : public testing::Test {
 protected:
  HostHealthTest() {
    snapshot_.now = 1'795'357'505 * kSecond;
    snapshot_.host = {.cpus = 2, .memory_total = 1000, .memory_available = 500};
    snapshot_.host.swap_total = 100, snapshot_.host.swap_free = 90;
    disk_.mount_point = "/data", disk_.size_bytes = 100, disk_.used_bytes = 40, disk_.available_bytes = 60;
    disk_.inodes = 100, disk_.inodes_free = 50;
    snapshot_.disks = {disk_};
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const Check& check : judge_host(snapshot_, settings_))
      if (check.warning) texts.push_back(check.text);
    return texts;
  }
  HealthSnapshot snapshot_;
  Disk disk_;
  config::HealthSettings settings_;
};

TEST_F(HostHealthTest, IsWellBelowItsThresholds) {
  snapshot_.cpu_ratio_of_minute = 0.85;
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(HostHealthTest, SaysWhatIsBeyondItsThresholdAndByHowMuch) {
  snapshot_.cpu_ratio_of_minute = 0.97;
  snapshot_.host.memory_available = 50, snapshot_.host.swap_free = 10, snapshot_.host.load = {1, 8.5, 1};
  Disk& disk = snapshot_.disks[0];
  disk.used_bytes = 98, disk.available_bytes = 2, disk.inodes_free = 1, disk.full_in_ns = 3600 * kSecond;
  snapshot_.host.clock = ClockSync{.synchronized = true, .offset_ns = -2 * kSecond};
  EXPECT_THAT(warnings(),
              ElementsAre("cpu: 97 % in use, more than 85 %", "memory: 95 % used, more than 90 %",
                          "swap: 90 % used, more than 80 %",
                          "load: 8.5 over 5 minutes on 2 CPUs, more than 4 for each",
                          "disk /data: 98 % used, more than 95 %", "inodes /data: 99 % used, more than 95 %",
                          "disk /data: full in 1h 00m by its trend, sooner than 6h",
                          "clock: 2 s ahead, more than 500ms"));
}

TEST_F(HostHealthTest, WhatNobodyKnowsIsNoWarning) {
  snapshot_.host.clock = ClockSync{};
  snapshot_.disks[0].size_bytes = 0, snapshot_.disks[0].used_bytes = 100;  // on a network: not measured
  snapshot_.disks[0].available_bytes = 0;
  snapshot_.endpoints = {{.name = "api"}};
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(HostHealthTest, SaysWhichEndpointFailsAndWhichCertificateExpires) {
  snapshot_.endpoints = {
      {.name = "api", .known = true, .up = false, .error = "it answered 503"},
      {.name = "old", .known = true, .up = true, .error = {}, .tls_expires = snapshot_.now - 3600 * kSecond},
      {.name = "new",
       .known = true,
       .up = true,
       .error = {},
       .tls_expires = snapshot_.now + 86400 * kSecond}};
  EXPECT_THAT(warnings(),
              ElementsAre("endpoint api: it answered 503", "certificate of endpoint old: expired 1h 00m ago",
                          "certificate of endpoint new: expires in 1d 0h, sooner than 14d"));
}

TEST_F(HostHealthTest, TheReportHasTheNumbersAndTheVerdicts) {
  snapshot_.bots = {{.name = "racing", .state = "struggling", .reason = "exit 1"}};
  const auto report = boost::json::parse(health_report(snapshot_, settings_));
  EXPECT_EQ(report.at("timestamp"), "2026-11-22T14:25:05.000Z");
  EXPECT_EQ(report.at("memory_percent").to_number<double>(), 50);
  EXPECT_EQ(report.at("disk_percent").to_number<double>(), 40);
  EXPECT_TRUE(report.at("cpu_percent_minute").is_null());
  EXPECT_TRUE(report.at("pressure").at("cpu").at("some").is_null());
  EXPECT_TRUE(report.at("open_fds").is_null());
  EXPECT_EQ(report.at("status"), "warning");
  const auto& last = report.at("checks").as_array().back();
  EXPECT_EQ(last.at("text"), "bot racing is struggling: exit 1");
}

}  // namespace
}  // namespace steward::agent
