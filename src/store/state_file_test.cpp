#include "store/state_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "journal/test_folder.hpp"
#include "state/rows.hpp"
#include "store/test_dump.hpp"
#include "store/test_small_disk.hpp"

namespace steward::store {
namespace {

using journal::TestFolder;

void add_notes(state::Model& model, int from, int to) {
  for (int i = from; i < to; ++i)
    model.notes.add({"racing", "info", fmt::format("{} {}", i, std::string(500, 'x')), i});
}

class StateFileTest : public testing::Test {
 protected:
  /// As an agent does at its start.
  void open() {
    file_.emplace(folder_.path(), clock_);
    model_ = state::Model{}, cursors_ = journal::Cursors{};
    file_->load(model_, cursors_);
  }
  /// What the next agent would know.
  std::string saved() {
    file_.reset();
    state::Model model;
    journal::Cursors cursors;
    StateFile(folder_.path(), clock_).load(model, cursors);
    return Dump(model).text();
  }
  bool commit() { return file_->commit(model_, cursors_); }

  TestFolder folder_;
  ManualClock clock_;
  state::Model model_;
  journal::Cursors cursors_;
  std::optional<StateFile> file_;
};

TEST_F(StateFileTest, gives_back_what_was_committed) {
  {
    open();
    add_notes(model_, 0, 3);
    state::Bot bot;
    bot.name = "racing", bot.exits["SIGKILL"] = 3, bot.errors["a b"] = 1, bot.gate_open = false;
    model_.bots.add(bot);
    state::Series series;
    series.bot = "racing", series.name = "turns", series.labels = {{"venue", ""}, {"x", "a%\n"}},
    series.value = 0.1;
    model_.series.add(series);
    cursors_.done.add("racing", "01ARZ3NDEKTSV4RRFFQ69G5FA1");
    ASSERT_TRUE(commit());
    model_.notes.erase(*model_.notes.oldest());
    ASSERT_TRUE(commit());
  }
  EXPECT_EQ(saved(), Dump(model_).text());
  open();
  EXPECT_TRUE(cursors_.done.contains("racing", "01ARZ3NDEKTSV4RRFFQ69G5FA1"));
}

TEST_F(StateFileTest, opens_with_standard_tools) {
  open();
  add_notes(model_, 0, 2);
  ASSERT_TRUE(commit());
  ASSERT_TRUE(file_->checkpoint());
  auto db = Db::open(folder_.path() + "/checkpoint", Db::Mode::snapshot);
  ASSERT_TRUE(db) << db.error().text();
  EXPECT_EQ(*db->number("SELECT count(*) FROM notes WHERE bot='racing'"), 2);
}

TEST_F(StateFileTest, a_column_of_a_later_version_is_added) {
  {
    open();
    add_notes(model_, 0, 2);
    ASSERT_TRUE(commit());
  }
  {
    file_.reset();
    auto db = Db::open(folder_.path() + "/state.db", Db::Mode::own);
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->exec("ALTER TABLE notes DROP COLUMN level"));
  }
  open();
  ASSERT_EQ(model_.notes.size(), 2U);
  EXPECT_EQ(model_.notes.oldest()->row.level, "");
  add_notes(model_, 2, 3);
  EXPECT_TRUE(commit()) << file_->trouble();
}

TEST_F(StateFileTest, a_damaged_checkpoint_is_told) {
  std::ofstream(folder_.path() + "/checkpoint") << std::string(5000, 'x');
  open();
  EXPECT_NE(file_->notice().find("checkpoint"), std::string::npos);
  EXPECT_TRUE(commit());
}

TEST_F(StateFileTest, a_full_disk_is_told_and_heals) {
  const SmallDisk disk(folder_.path());
  if (!disk.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here (needs root)";
  {
    open();
    add_notes(model_, 0, 10);
    ASSERT_TRUE(commit()) << file_->trouble();
    disk.fill();
    add_notes(model_, 10, 200);
    EXPECT_FALSE(commit());
    EXPECT_NE(file_->trouble(), "");
    EXPECT_EQ(model_.notes.size(), 200U) << "memory goes on";
    disk.clear();
    EXPECT_FALSE(commit()) << "not again within a second";
    clock_.advance(StateFile::kRetry);
    EXPECT_TRUE(commit()) << file_->trouble();
    EXPECT_EQ(file_->trouble(), "");
    EXPECT_GE(file_->failures(), 1);
  }
  EXPECT_EQ(saved(), Dump(model_).text());
}

}  // namespace
}  // namespace steward::store
