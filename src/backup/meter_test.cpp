#include "backup/meter.hpp"

#include <gtest/gtest.h>

#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

class MeterTest : public testing::Test {
 protected:
  void SetUp() override {
    kit_.environment.meter = &meter_;
    kit_.write("small", "stake = 2\n");
    kit_.write("large", std::string(700'000, 'x'));
    std::ofstream(kit_.data() + "/sparse").close();
    std::filesystem::resize_file(kit_.data() + "/sparse", 5 << 20);
  }
  void expect(const std::string& what, std::int64_t bytes, std::int64_t total) const {
    const Meter::Reading now = meter_.read();
    EXPECT_EQ(now.what, what);
    EXPECT_EQ(now.bytes, bytes);
    EXPECT_EQ(now.total, total);
    EXPECT_EQ(now.files, 3);
  }

  static constexpr std::int64_t kAll = 10 + 700'000 + (5 << 20);
  Kit kit_;
  Meter meter_;
};

TEST_F(MeterTest, ABackupCountsEveryFileAlsoThoseThatHaveNotChanged) {
  meter_.begin("full");
  ASSERT_TRUE(kit_.backup());
  expect("full", kAll, 0);
  kit_.write("small", "stake = 3\n");
  meter_.begin("incremental", kAll, true);
  const auto second = kit_.backup();
  EXPECT_EQ(second->files_stored, 1);
  expect("incremental", kAll, kAll);
}

TEST_F(MeterTest, RestoreAndVerifyCountToTheirTotal) {
  ASSERT_TRUE(kit_.backup());
  kit_.write("small", "stake = 3\n");
  const std::string time = kit_.backup()->time;
  RestoreOptions how;
  how.to = kit_.place("new");
  how.meter = &meter_;
  ASSERT_TRUE(restore(*kit_.store, "config", time, {}, how));
  expect("restoring config", kAll, kAll);
  ASSERT_TRUE(verify(*kit_.store, "config", time, {}, {}, &meter_));
  expect("reading config/" + time, kAll, kAll);
}

TEST_F(MeterTest, EveryStageBeginsAtNothing) {
  EXPECT_EQ(meter_.read().what, "");
  meter_.begin("a", 5);
  meter_.count(3, 1);
  const std::int64_t stage = meter_.read().stage;
  meter_.begin("b");
  EXPECT_EQ(meter_.read().stage, stage + 1);
  EXPECT_EQ(meter_.read().bytes, 0);
}

}  // namespace
}  // namespace steward::backup
