#include "keeper/gate_files.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "os/files.hpp"

namespace steward::keeper {
namespace {

class GateFilesTest : public testing::Test {
 protected:
  GateFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gates-XXXXXX").string();
    state_ = ::mkdtemp(pattern.data());
  }
  ~GateFilesTest() override { std::filesystem::remove_all(state_); }

  void put(const std::string& bot, const std::string& text) const {
    std::filesystem::create_directories(state_ + "/bots/" + bot);
    ASSERT_TRUE(replace_file(state_ + "/bots/" + bot + "/gate", text, kGateMode));
  }
  std::string gate(const std::string& bot) const {
    return read_file(state_ + "/bots/" + bot + "/gate", 4096).value_or("");
  }
  auto close(const std::string& which) const { return close_gate_files(state_, which, "loss", 9 * kSecond); }

  std::string state_;
};

TEST_F(GateFilesTest, closes_one_or_all_with_the_next_epoch_and_leaves_closed_ones) {
  put("a", "open 3\n"), put("b", "open 7 99\n"), put("c", "closed 5 lunch\n");
  ASSERT_TRUE(close("a"));
  EXPECT_EQ(gate("a"), "closed 4 loss\n");
  EXPECT_EQ(gate("b"), "open 7 99\n");
  const auto closed = close("*");
  ASSERT_TRUE(closed) << closed.error().text();
  EXPECT_EQ(closed->size(), 3U);
  EXPECT_EQ(gate("a"), "closed 4 loss\n");
  EXPECT_EQ(gate("b"), "closed 8 loss\n");
  EXPECT_EQ(gate("c"), "closed 5 lunch\n");
}

TEST_F(GateFilesTest, what_is_torn_or_missing_is_closed_with_an_epoch_above_any_count) {
  put("a", "op");
  std::filesystem::create_directories(state_ + "/bots/b");
  ASSERT_TRUE(close("*"));
  EXPECT_EQ(gate("a"), "closed 9 loss\n");
  EXPECT_EQ(gate("b"), "closed 9 loss\n");
}

TEST_F(GateFilesTest, no_bot_and_no_folder_are_failures) {
  EXPECT_EQ(close("*").error().code(), Code::not_found);
  put("a", "open 1\n");
  EXPECT_EQ(close("x").error().code(), Code::not_found);
}

}  // namespace
}  // namespace steward::keeper
