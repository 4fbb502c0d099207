#include "store/steward_db.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "journal/test_folder.hpp"
#include "store/alarm_store.hpp"
#include "store/test_small_disk.hpp"

namespace steward::store {
namespace {

using journal::eventually;
using journal::TestFolder;

AlarmChanges firing(std::int64_t id, const std::string& rule = "bot-down") {
  AlarmChanges changes;
  AlarmRow row{.rule = rule, .state = "firing", .severity = "warning", .firing_since = 7};
  row.todo = "halt restart", row.body = R"({"rule":"bot-down"})";
  changes.alarms.put(id, row);
  changes.groups.put(3, {"slack", rule, 5});
  changes.members.put(4, {3, id, true, ""});
  changes.silences.put(1, {"rule=\"x\"", "alice", "lunch", 1, 2});
  changes.outbox.put(9, {"k", "slack", 5, 2, "{}"});
  changes.history.put(
      id, {.at = SystemClock().wall(), .what = "fired", .rule = rule, .fingerprint = id, .text = "t"});
  changes.audit.put(id, {.at = SystemClock().wall(), .by = "alice", .what = "silence", .text = "lunch"});
  return changes;
}

class StewardDbTest : public testing::Test {
 protected:
  std::string path() const { return folder_.path() + "/steward.db"; }
  AlarmRows loaded() { return StewardDb(folder_.path(), clock_).load(); }

  TestFolder folder_;
  SystemClock clock_;
};

TEST_F(StewardDbTest, gives_back_what_was_committed) {
  {
    StewardDb db(folder_.path(), clock_);
    EXPECT_TRUE(db.load().empty());
    ASSERT_TRUE(db.commit(firing(-1)));
    ASSERT_TRUE(db.commit(firing(2)));
    AlarmChanges gone;
    gone.alarms.erase(2), gone.outbox.erase(9);
    ASSERT_TRUE(db.commit(gone));
  }
  const AlarmRows rows = loaded();
  ASSERT_EQ(rows.alarms.size(), 1U);
  const AlarmRow& row = *rows.alarms.rows().at(-1);
  EXPECT_EQ(row.rule, "bot-down");
  EXPECT_EQ(row.firing_since, 7);
  EXPECT_EQ(row.todo, "halt restart");
  EXPECT_TRUE(rows.outbox.empty());
  EXPECT_EQ(rows.members.rows().at(4)->told, true);
  EXPECT_EQ(rows.groups.rows().at(3)->told_at, 5);
  EXPECT_EQ(rows.silences.rows().at(1)->comment, "lunch");
  EXPECT_EQ(rows.history.size(), 2U);
  EXPECT_EQ(rows.audit.rows().at(2)->by, "alice");
}

TEST_F(StewardDbTest, a_damaged_file_is_set_aside_and_told) {
  std::ofstream(path()) << std::string(8192, 'x');
  {
    StewardDb db(folder_.path(), clock_);
    EXPECT_TRUE(db.load().empty());
    EXPECT_NE(db.notice().find("steward.db.damaged-"), std::string::npos);
    ASSERT_TRUE(db.commit(firing(1)));
  }
  EXPECT_EQ(loaded().alarms.size(), 1U);
}

TEST_F(StewardDbTest, a_file_of_a_later_version_is_set_aside_and_told) {
  StewardDb(folder_.path(), clock_).load();
  {
    auto file = Db::open(path(), Db::Mode::own);
    ASSERT_TRUE(file && file->exec("PRAGMA user_version=99"));
  }
  StewardDb db(folder_.path(), clock_);
  EXPECT_TRUE(db.load().empty());
  EXPECT_NE(db.notice().find("later Steward"), std::string::npos);
}

TEST_F(StewardDbTest, history_is_bounded_by_age) {
  {
    StewardDb db(folder_.path(), clock_);
    db.load();
    AlarmChanges old = firing(1);
    old.history.put(1, {.at = clock_.wall() - StewardDb::kKeep - kSecond, .what = "fired"});
    ASSERT_TRUE(db.commit(old));
    ASSERT_TRUE(db.commit(firing(2)));
  }
  {
    StewardDb db(folder_.path(), clock_);
    db.load();
    ASSERT_TRUE(db.commit(firing(3)));
  }
  const AlarmRows rows = loaded();
  EXPECT_FALSE(rows.history.rows().contains(1));
  EXPECT_TRUE(rows.history.rows().contains(2));
}

TEST_F(StewardDbTest, only_the_newest_history_is_loaded) {
  {
    StewardDb db(folder_.path(), clock_);
    db.load();
    AlarmChanges many;
    for (int i = 1; i <= StewardDb::kNewest + 50; ++i)
      many.history.put(i, {.at = clock_.wall(), .what = "fired"});
    ASSERT_TRUE(db.commit(many));
  }
  const AlarmRows rows = loaded();
  EXPECT_EQ(rows.history.size(), static_cast<std::size_t>(StewardDb::kNewest));
  EXPECT_EQ(rows.history.rows().begin()->first, 51);
}

TEST_F(StewardDbTest, one_process_at_a_time_has_the_file) {
  StewardDb first(folder_.path(), clock_);
  first.load();
  ASSERT_TRUE(first.commit(firing(1)));
  StewardDb second(folder_.path(), clock_);
  EXPECT_TRUE(second.load().empty());
  EXPECT_NE(second.trouble(), "");
  EXPECT_EQ(second.notice(), "") << "it is not damaged";
}

TEST_F(StewardDbTest, a_folder_that_comes_later_is_taken_then) {
  StewardDb db(folder_.path() + "/later", clock_);
  EXPECT_TRUE(db.load().empty());
  EXPECT_NE(db.trouble(), "");
  EXPECT_FALSE(db.commit(firing(1)));
  std::filesystem::create_directory(folder_.path() + "/later");
  AlarmChanges both = firing(1);
  both.add(firing(2));
  EXPECT_TRUE(db.commit(both));
}

class AlarmStoreTest : public StewardDbTest {
 protected:
  std::unique_ptr<AlarmStore> open() {
    return std::make_unique<AlarmStore>(folder_.path(), clock_, [this](std::uint64_t number, bool durable) {
      settled_ = number, durable_ = durable;
    });
  }
  std::atomic<std::uint64_t> settled_ = 0;
  std::atomic<bool> durable_ = false;
};

TEST_F(AlarmStoreTest, settles_changes_by_their_number) {
  const auto store = open();
  store->submit(firing(1), true);
  const std::uint64_t last = store->submit(firing(2), true);
  EXPECT_TRUE(eventually([&] { return settled_ == last; }));
  EXPECT_TRUE(durable_);
}

TEST_F(AlarmStoreTest, commits_what_waits_when_it_goes) {
  {
    const auto store = open();
    store->submit(firing(1), false);
  }
  EXPECT_EQ(loaded().alarms.size(), 1U);
}

TEST_F(AlarmStoreTest, a_full_disk_settles_without_durability_and_heals) {
  const SmallDisk disk(folder_.path());
  if (!disk.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here (needs root)";
  {
    const auto store = open();
    store->submit(firing(1), true);
    ASSERT_TRUE(eventually([&] { return settled_ == 1; }));
    disk.fill();
    store->submit(firing(2, std::string(100'000, 'x')), true);
    ASSERT_TRUE(eventually([&] { return settled_ == 2; }));
    EXPECT_FALSE(durable_);
    EXPECT_NE(store->facts().trouble, "");
    disk.clear();
    EXPECT_TRUE(eventually([&] { return durable_.load(); })) << "it is tried again by itself";
    EXPECT_EQ(store->facts().trouble, "");
    EXPECT_GE(store->facts().failures, 1);
  }
  EXPECT_EQ(loaded().alarms.size(), 2U);
}

}  // namespace
}  // namespace steward::store
