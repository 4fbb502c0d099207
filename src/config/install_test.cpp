#include "config/install.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "config/compile.hpp"
#include "config/host.hpp"
#include "keeper/plan.hpp"
#include "os/files.hpp"

namespace steward::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A folder with a configuration file and a state folder in it.
class InstallTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/steward-install-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    folder_ = pattern;
    file_ = folder_ + "/steward.toml";
    state_ = folder_ + "/state";
    ASSERT_TRUE(make_state_folder(state_).has_value());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Installed> install_text(const std::string& text) {
    EXPECT_TRUE(replace_file(file_, text).has_value());
    return install(file_, state_, "/usr/bin/steward");
  }
  keeper::Plan plan() const {
    return keeper::parse_plan(read_file(state_ + "/plan", 1 << 20).value()).value();
  }
  static std::string bot(const std::string& name, const std::string& more = "") {
    return "[[bot]]\nname = \"" + name + "\"\ncommand = [\"true\"]\n" + more;
  }

  std::string folder_, file_, state_;
};

TEST_F(InstallTest, WritesThePlanWithTheAgentFirst) {
  const auto done = install_text(bot("racing", "watchdog = \"30s\"\n"));
  ASSERT_TRUE(done.has_value()) << done.error().text();
  EXPECT_THAT(done->added, ElementsAre("racing"));
  const keeper::Plan written = plan();
  ASSERT_EQ(written.bots.size(), 2U);
  EXPECT_EQ(written.bots[0].role, keeper::Role::agent);
  EXPECT_THAT(written.bots[0].args,
              ElementsAre("/usr/bin/steward", "agent", "--state", state_, "--config", file_));
  EXPECT_EQ(written.bots[0].watchdog, 10 * kSecond);
  EXPECT_EQ(written.bots[1].watchdog, 30 * kSecond);
  EXPECT_EQ(written.bots[1].working_dir, folder_);
}

TEST_F(InstallTest, SaysWhatChanged) {
  ASSERT_TRUE(install_text(bot("a") + bot("b") + bot("c")).has_value());
  const auto done = install_text(bot("a") + bot("b", "gate = true\n") + bot("d"));
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(done->added, ElementsAre("d"));
  EXPECT_THAT(done->removed, ElementsAre("c"));
  EXPECT_THAT(done->changed, ElementsAre("b"));
  EXPECT_EQ(done->unchanged, 1U);
}

TEST_F(InstallTest, AFileThatIsNotRightChangesNothing) {
  ASSERT_TRUE(install_text(bot("a")).has_value());
  const std::string before = read_file(state_ + "/plan", 1 << 20).value();
  const auto refused = install_text(bot("a", "gat = true\n"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_THAT(refused.error().message(),
              HasSubstr(":4: [[bot]] a has no key \"gat\"; did you mean \"gate\"?"));
  EXPECT_EQ(read_file(state_ + "/plan", 1 << 20).value(), before);
  EXPECT_EQ(read_file(good_copy(state_), 1 << 20).value(), bot("a"));
}

TEST_F(InstallTest, TheLastGoodCopyIsReadAsTheFileItCameFrom) {
  ASSERT_TRUE(install_text(bot("a")).has_value());
  ASSERT_TRUE(replace_file(file_, "broken").has_value());
  const auto settings = load(good_copy(state_), file_);
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->file, file_);
  EXPECT_EQ(settings->bots.at(0).spec.working_dir, folder_);
}

TEST_F(InstallTest, TheStateFolderLetsOthersThroughButNotIntoTheAgents) {
  struct ::stat info{};
  ASSERT_EQ(::stat(state_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0711U);
  ASSERT_EQ(::stat((state_ + "/agent").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST(Compile, LooksTheUserUp) {
  const auto account = find_account("nobody");
  if (!account || ::geteuid() != 0) GTEST_SKIP() << "needs root and the user nobody";
  const Settings settings =
      parse("[[bot]]\nname = \"a\"\ncommand = [\"true\"]\nuser = \"nobody\"\nenvironment = {HOME = \"/x\"}\n",
            "/f")
          .settings;
  const auto plan = compile(settings, {"/usr/bin/steward", "/state"});
  ASSERT_TRUE(plan.has_value());
  const keeper::BotSpec& spec = plan->bots.at(1);
  EXPECT_EQ(spec.uid, account->uid);
  EXPECT_EQ(spec.gid, account->gid);
  EXPECT_THAT(spec.env,
              testing::UnorderedElementsAre(testing::Pair("USER", "nobody"),
                                            testing::Pair("LOGNAME", "nobody"), testing::Pair("HOME", "/x")));
}

TEST(Compile, NamesTheLineOfAUserThatIsGone) {
  const Settings settings =
      parse("[[bot]]\nname = \"a\"\ncommand = [\"true\"]\nuser = \"nosuchuser-x\"\n", "/f").settings;
  EXPECT_THAT(compile(settings, {"/usr/bin/steward", "/state"}).error().text(),
              HasSubstr("/f:4: user of a: there is no user \"nosuchuser-x\""));
}

}  // namespace
}  // namespace steward::config
