#include "backup/jobs/exposure.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

class ExposureTest : public testing::Test {
 protected:
  ExposureTest() {
    kit_.write("old", "12345");
    backup_.name = "trading";
    backup_.sources = {kit_.data()};
  }
  SourceExposure look() { return exposure_of(backup_, settings_, view_, now_).at(0); }
  WallNs changed(const std::string& name) const {
    struct ::stat info{};
    ::stat((kit_.data() + "/" + name).c_str(), &info);
    return info.st_ctim.tv_sec * kSecond + info.st_ctim.tv_nsec;
  }
  /// A backup that has the file "old".
  void made_now() { view_.facts.made.started = changed("old"); }
  /// The file system's clock is a coarse one: writes until the file is newer than the backup.
  void write_later(const std::string& name, const std::string& content) const {
    do {
      kit_.write(name, content);
    } while (changed(name) <= view_.facts.made.started);
  }

  Kit kit_;
  const WallNs now_ = SystemClock().wall() + 3600 * kSecond;
  config::Backup backup_;
  config::Settings settings_;
  JobView view_;
};

TEST_F(ExposureTest, WithoutABackupAllOfItWouldBeLost) {
  EXPECT_EQ(look().ns, std::nullopt);
  EXPECT_EQ(look().bytes, 5);
}

TEST_F(ExposureTest, WhatHasChangedSinceTheNewestBackupCounts) {
  made_now();
  EXPECT_EQ(look().ns, 0);
  EXPECT_EQ(look().bytes, 0);
  write_later("new", "123");
  EXPECT_EQ(look().ns, now_ - view_.facts.made.started);
  EXPECT_EQ(look().bytes, 3);
  backup_.excludes = {"new"};
  EXPECT_EQ(look().bytes, 0);
}

TEST_F(ExposureTest, OfADatabaseItsLogCountsToo) {
  made_now();
  write_later("bot.db", "12345678");
  write_later("bot.db-wal", "12");
  backup_.sources = {"sqlite://" + kit_.data() + "/bot.db"};
  EXPECT_EQ(look().bytes, 10);
}

TEST_F(ExposureTest, JournalsThatAreShippedAreExposedSinceThen) {
  made_now();
  backup_.sources = {"journals"};
  view_.shipped = ShipFacts{.behind_since = now_ - kSecond, .behind_bytes = 42};
  EXPECT_EQ(look().ns, kSecond);
  EXPECT_EQ(look().bytes, 42);
  EXPECT_EQ(look().note, "");
  view_.shipped->error = "the store is away";
  EXPECT_EQ(look().note, "the store is away");
}

TEST_F(ExposureTest, WhatIsNotThereOrNotKnownIsSaid) {
  made_now();
  backup_.sources = {kit_.data() + "/missing"};
  EXPECT_NE(look().note, "");
  backup_.sources = {"postgresql:///trading"};
  EXPECT_NE(look().note, "");
  EXPECT_EQ(look().bytes, std::nullopt);
}

TEST(JobViewJson, HasBothStylesOfTime) {
  JobView view;
  view.name = "trading";
  view.scheduled = true;
  view.facts.made = {.time = "20231114T221320.000Z", .started = 1'700'000'000 * kSecond};
  view.facts.run = {.started = 1'700'000'000 * kSecond};
  const WallNs now = 1'700'000'060 * kSecond;
  const auto written = [&](TimeStyle style) {
    JsonWriter out;
    out.object();
    write_views(out, {view}, now, style);
    return boost::json::parse(out.end().take()).at("backups").at(0);
  };
  const auto ns = written(TimeStyle::ns), utc = written(TimeStyle::utc_and_seconds);
  EXPECT_EQ(ns.at("newest").at("age_ns"), 60 * kSecond);
  EXPECT_EQ(ns.at("overdue_ns"), 0);
  EXPECT_EQ(utc.at("newest").at("age_seconds").to_number<double>(), 60);
  EXPECT_EQ(utc.at("last").at("started"), "2023-11-14T22:13:20.000Z");
  EXPECT_TRUE(utc.at("last").at("finished").is_null() && utc.at("proved").is_null());
  EXPECT_TRUE(utc.at("proof_overdue_seconds").is_null() && utc.at("exposure_bytes").is_null());
}

TEST(Running, IsAskedOfTheLockAndIsWhatBeganLast) {
  const Kit kit;
  const std::string folder = kit.place("");
  JobFacts facts;
  facts.run.started = 2, facts.drill.started = 1;
  EXPECT_FALSE(running_of(folder, "a", facts).run) << "nobody holds the lock";
  const auto lock = lock_job(folder, "a");
  ASSERT_TRUE(lock);
  EXPECT_TRUE(running_of(folder, "a", facts).run);
  EXPECT_FALSE(running_of(folder, "a", facts).drill) << "that drill was cut short";
  facts.drill.started = 3;
  EXPECT_TRUE(running_of(folder, "a", facts).drill);
}

}  // namespace
}  // namespace steward::backup
