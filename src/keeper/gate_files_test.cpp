#include "keeper/gate_files.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "os/files.hpp"

namespace steward::keeper {
namespace {

class GateFilesTest : public testing::Test {
 public:
  GateFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gates-XXXXXX").string();
    state_ = ::mkdtemp(pattern.data());
  }
  ~GateFilesTest() override { std::filesystem::remove_all(state_); }

  void put(const std::string& bot, const std::string& text) const {
    std::filesystem::create_directories(state_ + "/bots/" + bot);
    ASSERT_TRUE(replace_file(state_ + "/bots/" + bot + "/gate", text));
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

TEST_F(GateFilesTest, without_room_for_another_file_the_gate_closes_in_place_and_does_not_open) {
  const std::string folder = state_ + "/bots/a";
  std::filesystem::create_directories(folder);
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "a small file system cannot be mounted here (needs root)";
  put("a", "open 12345\n");
  {
    std::ofstream filler(folder + "/filler", std::ios::binary);
    for (int i = 0; i < 32 && filler; ++i) filler << std::string(4096, 'x') << std::flush;
  }
  const bool closed = close("a").has_value();
  const std::string text = gate("a");
  const bool opened = write_gate(folder + "/gate", {.open = true, .epoch = 9}).has_value();
  ::umount2(folder.c_str(), MNT_DETACH);
  EXPECT_TRUE(closed);
  EXPECT_EQ(text, "closed 12346 loss\n");
  EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace steward::keeper
