#include "os/files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>

namespace steward {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "steward-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(Files, AReplacedFileHoldsTheNewContentAndMode) {
  const std::string path = folder_ + "/plan";
  ASSERT_TRUE(replace_file(path, "one", 0640));
  ASSERT_TRUE(replace_file(path, "two", 0640));
  EXPECT_EQ(read_file(path, 100).value(), "two");
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
  EXPECT_EQ(list_folder(folder_).value(), std::vector<std::string>{"plan"});
}

TEST_F(Files, AKilledReplacementLeavesTheOldOrTheNew) {
  const std::string path = folder_ + "/plan";
  const std::string a(20'000, 'a');
  const std::string b(20'000, 'b');
  ASSERT_TRUE(replace_file(path, a));
  for (int round = 0; round < 50; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (true) {
        if (!replace_file(path, b) || !replace_file(path, a)) ::_exit(1);
      }
    }
    // The instant of the kill is chance; every one of them must be survived.
    ::usleep(static_cast<useconds_t>(100 + round * 97));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string content = read_file(path, 100'000).value();
    ASSERT_TRUE(content == a || content == b);
  }
}

TEST_F(Files, ErrorsNameThePathAndKeepTheirKind) {
  const auto missing = read_file(folder_ + "/none", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::not_found);
  EXPECT_NE(missing.error().text().find("/none"), std::string::npos);
  ASSERT_TRUE(replace_file(folder_ + "/big", "12345"));
  EXPECT_EQ(read_file(folder_ + "/big", 4).error().code(), Code::invalid);
  EXPECT_EQ(make_folders(folder_ + "/big").error().code(), Code::conflict);
  EXPECT_TRUE(make_folders(folder_ + "/a/b/c"));
}

}  // namespace
}  // namespace steward
