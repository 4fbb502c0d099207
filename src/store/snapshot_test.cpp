#include "store/snapshot.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/test_folder.hpp"
#include "store/test_small_disk.hpp"

namespace steward::store {
namespace {

Db filled(const std::string& path, int rows) {
  auto db = Db::open(path, Db::Mode::own);
  EXPECT_TRUE(db->exec("CREATE TABLE a(x); CREATE TABLE b(x)"));
  EXPECT_TRUE(
      db->exec(fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                           "INSERT INTO a SELECT hex(randomblob(500)) FROM n",
                           rows)));
  return std::move(*db);
}

TEST(Snapshot, TakesInWhatIsWrittenBetweenItsSteps) {
  const journal::TestFolder folder;
  Db db = filled(folder.path() + "/own.db", 5000);
  auto snapshot = Snapshot::begin(db, folder.path() + "/copy.db");
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  int steps = 0;
  for (bool complete = false; !complete; ++steps) {
    const auto stepped = snapshot->step();
    ASSERT_TRUE(stepped) << stepped.error().text();
    complete = *stepped;
    if (!complete) {
      ASSERT_TRUE(db.exec("BEGIN; INSERT INTO a VALUES(1); INSERT INTO b VALUES(1); COMMIT"));
    }
  }
  EXPECT_GT(steps, 2);
  auto copy = Db::open(folder.path() + "/copy.db", Db::Mode::snapshot);
  ASSERT_TRUE(copy);
  EXPECT_EQ(*copy->text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(*copy->number("SELECT count(*) FROM a"), 5000 + steps - 1);
  EXPECT_EQ(*copy->number("SELECT count(*) FROM b"), steps - 1);
}

TEST(Snapshot, GivenUpItLeavesNoFile) {
  const journal::TestFolder folder;
  Db db = filled(folder.path() + "/own.db", 5000);
  {
    auto snapshot = Snapshot::begin(db, folder.path() + "/copy.db");
    ASSERT_TRUE(snapshot && snapshot->step());
    EXPECT_TRUE(std::filesystem::exists(folder.path() + "/copy.db"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/copy.db"));
}

TEST(Snapshot, OnAFullDiskItSaysSoAndLeavesNothing) {
  const journal::TestFolder folder;
  std::filesystem::create_directories(folder.path() + "/small");
  const SmallDisk disk(folder.path() + "/small");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs needs root";
  Db db = filled(folder.path() + "/own.db", 5000);
  const std::string to = folder.path() + "/small/copy.db";
  {
    auto snapshot = Snapshot::begin(db, to);
    ASSERT_TRUE(snapshot);
    auto stepped = snapshot->step();
    while (stepped && !*stepped) stepped = snapshot->step();
    ASSERT_FALSE(stepped);
    EXPECT_EQ(stepped.error().code(), Code::unavailable) << stepped.error().text();
  }
  EXPECT_FALSE(std::filesystem::exists(to));
}

}  // namespace
}  // namespace steward::store
