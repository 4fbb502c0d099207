#include "journal/reader.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/event.hpp"
#include "journal/test_folder.hpp"

namespace steward::journal {
namespace {

constexpr const char* kRun1 = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
constexpr const char* kRun2 = "01ARZ3NDEKTSV4RRFFQ69G5FA2";

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() { open(); }
  void open() { reader_.emplace(folder_.path(), cursors_, clock_); }

  /// All there is now: lines as they are, other items as "<kind offset>".
  std::string read_all() {
    clock_.advance(Reader::kScan);
    std::string all;
    while (const auto item = reader_->next()) {
      switch (item->kind) {
        case Item::Kind::lines:
          all += item->lines;
          break;
        case Item::Kind::bad_line:
          all += fmt::format("<bad {}>", item->offset);
          break;
        case Item::Kind::shrunk:
          all += "<shrunk>";
          break;
        case Item::Kind::run_over:
          all += fmt::format("<over {}>", item->run);
          break;
      }
      reader_->advance();
    }
    return all;
  }

  TestFolder folder_;
  ManualClock clock_{4'000'000'000 * kSecond};  // folders are old to it
  Cursors cursors_;
  std::optional<Reader> reader_;
};

TEST_F(ReaderTest, gives_whole_lines_once) {
  folder_.append_raw("a", kRun1, "one\ntwo\nthr");
  EXPECT_EQ(read_all(), "one\ntwo\n");
  EXPECT_EQ(read_all(), "");
  folder_.append_raw("a", kRun1, "ee\n");
  EXPECT_EQ(read_all(), "three\n");
  EXPECT_EQ(reader_->trouble(), "");
}

TEST_F(ReaderTest, goes_on_from_its_cursors) {
  folder_.append("a", kRun1, "one");
  EXPECT_EQ(read_all(), "one\n");
  folder_.append("a", kRun1, "two");
  open();
  EXPECT_EQ(read_all(), "two\n");
}

TEST_F(ReaderTest, an_item_that_was_not_advanced_comes_again) {
  folder_.append("a", kRun1, "one");
  ASSERT_TRUE(reader_->next());
  open();
  EXPECT_EQ(read_all(), "one\n");
}

TEST_F(ReaderTest, reads_segments_in_order_and_old_ones_until_the_run_ends) {
  folder_.append("a", kRun1, "one", 1);
  folder_.append("a", kRun1, "two", 2);
  folder_.append("a", kRun1, "three", 3);
  EXPECT_EQ(read_all(), "one\ntwo\nthree\n");
  folder_.append("a", kRun1, "late", 1);
  EXPECT_EQ(read_all(), "late\n");
  folder_.append("a", kRun1, "later", 1);
  reader_->run_ended("a", kRun1);
  EXPECT_EQ(read_all(), fmt::format("later\n<over {}>", kRun1));
  EXPECT_EQ(cursors_.runs.size() + cursors_.segments.size(), 0U);
  open();
  EXPECT_EQ(read_all(), "");
}

TEST_F(ReaderTest, a_newer_run_waits_for_the_end_of_the_older) {
  folder_.append("a", kRun2, "second");
  folder_.append_raw("a", kRun1, "first\ntorn");
  EXPECT_EQ(read_all(), fmt::format("first\n<bad 6><over {}>second\n", kRun1));
}

TEST_F(ReaderTest, the_order_in_which_runs_started_goes_before_their_names) {
  folder_.append("a", kRun1, "second");
  folder_.append("a", kRun2, "first");
  reader_->run_started("a", kRun2);
  reader_->run_started("a", kRun1);
  EXPECT_EQ(read_all(), fmt::format("first\n<over {}>second\n", kRun2));
}

TEST_F(ReaderTest, a_run_prepared_and_not_started_ends_nothing) {
  folder_.append("a", kRun1, "one");
  folder_.append_raw("a", kRun2, "");
  EXPECT_EQ(read_all(), "one\n");
  folder_.append("a", kRun2, "two");
  EXPECT_EQ(read_all(), fmt::format("<over {}>two\n", kRun1));
}

TEST_F(ReaderTest, a_long_line_is_skipped_once_it_ends) {
  folder_.append_raw("a", kRun1, "one\n" + std::string(3 * ReadBuffer::kSize, 'x'));
  EXPECT_EQ(read_all(), "one\n");
  folder_.append_raw("a", kRun1, std::string(10, 'x') + "\ntwo\n");
  EXPECT_EQ(read_all(), "<bad 4>two\n");
}

TEST_F(ReaderTest, a_long_line_that_never_ends_is_torn) {
  folder_.append_raw("a", kRun1, std::string(2 * ReadBuffer::kSize, 'x'));
  reader_->run_ended("a", kRun1);
  EXPECT_EQ(read_all(), fmt::format("<bad 0><over {}>", kRun1));
}

TEST_F(ReaderTest, a_segment_that_shrank_is_told_once) {
  folder_.append("a", kRun1, "one");
  EXPECT_EQ(read_all(), "one\n");
  std::filesystem::resize_file(folder_.segment("a", kRun1), 2);
  EXPECT_EQ(read_all(), "<shrunk>");
  folder_.append("a", kRun1, "other words");
  EXPECT_EQ(read_all(), "");
}

TEST_F(ReaderTest, a_run_whose_folder_is_gone_is_over_at_once) {
  reader_->run_ended("a", kRun1);
  EXPECT_EQ(read_all(), fmt::format("<over {}>", kRun1));
}

TEST_F(ReaderTest, other_files_and_folders_are_left_alone) {
  folder_.append("a", "not-a-run", "x");
  folder_.append("keeper", kRun1, "mine");
  std::filesystem::create_directories(folder_.path() + "/bots/keeper/runs/" + kRun2);
  EXPECT_EQ(read_all(), "mine\n");
}

TEST(DoneRuns, hold_what_was_added) {
  DoneRuns done;
  done.add("a", kRun1), done.add("a", kRun2), done.add("b", kRun1);
  done.remove("a", kRun1);
  EXPECT_FALSE(done.contains("a", kRun1));
  EXPECT_TRUE(done.contains("a", kRun2));
  EXPECT_EQ(done.all().size(), 2U);
  EXPECT_EQ(done.all()[0].second, kRun2);
}

}  // namespace
}  // namespace steward::journal
