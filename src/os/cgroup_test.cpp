#include "os/cgroup.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "os/files.hpp"

namespace steward {
namespace {

constexpr std::string_view kHybrid =
    "24 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "25 24 0:23 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "30 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "33 24 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(FindCgroups, OnV2Alone) {
  const auto place = find_cgroups("31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
                                  "0::/system.slice/steward.service\n");
  EXPECT_EQ(place.unified, "/sys/fs/cgroup/system.slice/steward.service");
  EXPECT_EQ(place.memory, "");
}

TEST(FindCgroups, OnHybridMachinesBothTrees) {
  const auto place = find_cgroups(kHybrid, "4:memory:/api/x\n1:cpu:/\n0::/\n");
  EXPECT_EQ(place.unified, "/sys/fs/cgroup/unified");
  EXPECT_EQ(place.memory, "/sys/fs/cgroup/memory/api/x");
}

TEST(FindCgroups, InAContainerTheMountsRootIsTakenOff) {
  const auto place = find_cgroups("31 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
                                  "0::/docker/abc/inner\n");
  EXPECT_EQ(place.unified, "/sys/fs/cgroup/inner");
}

TEST(FindCgroups, NoneIsNone) {
  EXPECT_EQ(find_cgroups("", "").unified, "");
  EXPECT_EQ(find_cgroups("nonsense\n\n", "0::/\n").unified, "");
}

/// A folder that looks like a cgroup tree, as far as the code reads and writes it.
class FakeCgroups : public ::testing::Test {
 public:
  FakeCgroups() {
    char name[] = "/tmp/steward-cgroup-XXXXXX";
    root = ::mkdtemp(name);
  }
  ~FakeCgroups() override { std::filesystem::remove_all(root); }
  void file(const std::string& name, std::string_view text) {
    const std::string path = root + "/" + name;
    ASSERT_TRUE(make_folders(parent_of(path)));
    ASSERT_TRUE(swap_file(path, text, 0644));
  }
  std::string text(const std::string& name) { return read_file(root + "/" + name, 4096).value_or("(none)"); }
  std::string root;
};

TEST_F(FakeCgroups, AGroupBesideABotsOwnIsNotTheBots) {
  file("label/bot-agent/cgroup.procs", "");
  file("memory/label/bot-agent/cgroup.procs", "");
  file("memory/label/backup/cgroup.procs", "");
  const CgroupPlace own{.unified = root + "/label/bot-agent", .memory = root + "/memory/label/bot-agent"};
  const auto group = Cgroup::beside_own(own, "backup");
  ASSERT_TRUE(group) << group.error().text();
  EXPECT_EQ(group->path(), root + "/label/backup");
  EXPECT_EQ(group->memory_path(), root + "/memory/label/backup");
  EXPECT_FALSE(Cgroup::beside_own({.unified = root + "/user.slice"}, "backup"))
      << "the keeper did not make it";
  EXPECT_FALSE(Cgroup::beside_own({}, "backup"));
}

TEST_F(FakeCgroups, WithDelegatedMemoryTheKeeperMovesToALeafFirst) {
  file("own/cgroup.controllers", "cpu memory pids\n");
  file("own/cgroup.type", "domain\n");
  file("own/cgroup.subtree_control", "");
  file("own/label/cgroup.subtree_control", "");
  file("own/label/keeper/cgroup.procs", "");
  const auto tree = CgroupTree::open({.unified = root + "/own"}, "label");
  ASSERT_TRUE(tree) << tree.error().text();
  EXPECT_EQ(tree->no_memory_limit(), "");
  EXPECT_EQ(text("own/label/keeper/cgroup.procs"), "0");
  EXPECT_EQ(text("own/cgroup.subtree_control"), "+memory");
  EXPECT_EQ(text("own/label/cgroup.subtree_control"), "+memory");
  // After an exec it is in that leaf already, and must not nest.
  const auto again = CgroupTree::open({.unified = root + "/own/label/keeper"}, "label");
  ASSERT_TRUE(again);
  const auto group = again->make("a");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->path(), root + "/own/label/bot-a");
}

TEST_F(FakeCgroups, WithoutControllersContainmentStaysAndTheLackIsSaid) {
  file("own/cgroup.controllers", "");
  const auto tree = CgroupTree::open({.unified = root + "/own"}, "label");
  ASSERT_TRUE(tree);
  EXPECT_NE(tree->no_memory_limit(), "");
  EXPECT_TRUE(tree->make("a"));
}

TEST_F(FakeCgroups, OnHybridMachinesMemoryIsLimitedInTheV1Tree) {
  file("own/cgroup.controllers", "");
  file("memory/label/bot-a/cgroup.procs", "");
  file("memory/label/bot-a/memory.limit_in_bytes", "");
  file("memory/label/bot-a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  const auto tree = CgroupTree::open({.unified = root + "/own", .memory = root + "/memory"}, "label");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->no_memory_limit(), "");
  const auto group = tree->make("a");
  ASSERT_TRUE(group) << group.error().text();
  ASSERT_TRUE(group->limit_memory(1 << 20));
  EXPECT_EQ(text("memory/label/bot-a/memory.limit_in_bytes"), "1048576");
  EXPECT_EQ(group->oom_kills(), 3);
  EXPECT_GE(group->memory_procs(), 0);
}

TEST_F(FakeCgroups, ReadsWhetherAnythingLivesInIt) {
  file("g/cgroup.events", "populated 1\nfrozen 0\n");
  file("g/cgroup.procs", "12\n13\n");
  file("g/cgroup.kill", "");
  file("g/memory.max", "");
  const auto group = Cgroup::at(root + "/g");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->populated(), true);
  EXPECT_EQ(group->processes(), 2U);
  EXPECT_TRUE(group->kill());
  EXPECT_EQ(text("g/cgroup.kill"), "1");
  EXPECT_TRUE(group->limit_memory(0));
  EXPECT_EQ(text("g/memory.max"), "max");
  file("g/cgroup.events", "frozen 0\n");
  EXPECT_EQ(Cgroup::at(root + "/g")->populated().error().code(), Code::corrupt);
  const auto gone = Cgroup::at(root + "/g");
  ASSERT_TRUE(gone);
  std::filesystem::remove_all(root + "/g");
  EXPECT_EQ(gone->populated(), false);
}

TEST_F(FakeCgroups, NoTreeOrNoRightIsUnavailable) {
  EXPECT_EQ(CgroupTree::open({}, "label").error().code(), Code::unavailable);
  const auto denied = CgroupTree::open({.unified = root + "/no/such"}, "label");
  ASSERT_FALSE(denied);
  EXPECT_NE(denied.error().text().find("Delegate=yes"), std::string::npos);
}

}  // namespace
}  // namespace steward
