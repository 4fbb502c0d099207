#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "os/facts/cgroup.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"
#include "os/facts/usage.hpp"
#include "os/files.hpp"

namespace steward {
namespace {

namespace fs = std::filesystem;

/// A folder that stands for /proc and /sys/fs/cgroup.
class FakeKernel : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / ("facts." + std::to_string(::getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::trunc) << text;
  }
  std::string at(const std::string& path) const { return (root_ / path).string(); }
  void put_stat(int pid, long long utime, long long rss_pages, long long start = 77) {
    put("proc/" + std::to_string(pid) + "/stat",
        fmt::format(
            "{} (a b) c) S 1 1 1 0 -1 0 0 0 0 0 {} 5 2 1 20 0 3 0 {} 1000000 {} 18446744073709551615 1 1\n",
            pid, utime, start, rss_pages));
  }
  fs::path root_;
};

TEST(ProcessStatTest, ReadsFieldsAfterANameWithBlanksAndBrackets) {
  const auto stat =
      parse_process_stat("7 (a b) c) S 1 1 1 0 -1 0 0 0 0 0 100 50 2 1 20 0 3 0 777 1000 25 0\n");
  ASSERT_TRUE(stat);
  const auto tick = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  EXPECT_EQ(stat->cpu_ns, 150 * tick);
  EXPECT_EQ(stat->children_cpu_ns, 3 * tick);
  EXPECT_EQ(stat->threads, 3);
  EXPECT_EQ(stat->start_ticks, 777);
  EXPECT_EQ(stat->memory_bytes, 25 * ::sysconf(_SC_PAGESIZE));
}

TEST(ProcessStatTest, RefusesWhatIsCutShort) {
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("7 (a) S 1 2 3"));
  EXPECT_FALSE(parse_process_stat("no brackets at all"));
}

TEST(UsageTest, SumsTheRealTreeWithoutACgroup) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      if (::write(ready[1], "x", 1) != 1) ::_exit(1);
      ::pause();
    }
    ::pause();
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  UsageProbe probe(child, "");
  const auto usage = probe.sample();
  const auto tree = process_tree(child);
  for (const pid_t pid : tree) ::kill(pid, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(usage);
  EXPECT_EQ(tree.size(), 2U);
  EXPECT_EQ(usage->processes, 2);
  EXPECT_GT(usage->memory_bytes, 0);
  EXPECT_GE(usage->open_fds, 2);
  EXPECT_FALSE(probe.sample()) << "the process has ended";
  ::close(ready[0]), ::close(ready[1]);
}

TEST_F(FakeKernel, UsageComesFromAV2Cgroup) {
  put_stat(42, 100, 10);
  put("proc/42/cgroup", "0::/steward/racing\n");
  put("proc/self/cgroup", "0::/steward/agent\n");
  put("cg/cgroup.controllers", "cpu memory\n");
  put("cg/steward/racing/cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
  put("cg/steward/racing/memory.current", "5000000\n");
  put("cg/steward/racing/memory.stat", "anon 1\ninactive_file 1000000\n");
  put("cg/steward/racing/cgroup.procs", "42\n43\n44\n");
  for (const std::string& named : {std::string("/steward/racing"), at("cg/steward/racing")}) {
    UsageProbe probe(42, named, at("proc"), at("cg"));
    const auto usage = probe.sample();
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->cpu_ns, 2'500'000'000);
    EXPECT_EQ(usage->memory_bytes, 4'000'000);
    EXPECT_EQ(usage->processes, 3);
  }
}

TEST_F(FakeKernel, UsageInAHybridHierarchyTakesMemoryFromV1WhenItIsTheBotsOwn) {
  put_stat(42, 100, 10);
  put("proc/self/cgroup", "4:memory:/shared\n0::/\n");
  put("cg/unified/cgroup.controllers", "");
  put("cg/unified/steward/racing/cpu.stat", "usage_usec 7\n");
  put("cg/unified/steward/racing/cgroup.procs", "42\n");
  put("cg/memory/steward/racing/memory.usage_in_bytes", "900\n");
  put("cg/memory/steward/racing/memory.stat", "total_inactive_file 100\n");
  put("cg/memory/shared/memory.usage_in_bytes", "123456\n");
  put("proc/42/cgroup", "4:memory:/steward/racing\n0::/steward/racing\n");
  EXPECT_EQ(UsageProbe(42, "/steward/racing", at("proc"), at("cg")).sample()->memory_bytes, 800);
  put("proc/42/cgroup", "4:memory:/shared\n0::/steward/racing\n");
  EXPECT_EQ(UsageProbe(42, "/steward/racing", at("proc"), at("cg")).sample()->memory_bytes,
            10 * ::sysconf(_SC_PAGESIZE));
}

TEST_F(FakeKernel, CpuNeverFallsAndAReusedPidCountsAsGone) {
  put_stat(42, 100, 10);
  UsageProbe probe(42, "", at("proc"), at("cg"));
  const auto first = probe.sample();
  ASSERT_TRUE(first);
  put_stat(42, 90, 10);
  EXPECT_EQ(probe.sample()->cpu_ns, first->cpu_ns);
  put_stat(42, 500, 10, 99);
  EXPECT_FALSE(probe.sample());
}

TEST(CgroupTest, FindsControllersInJoinedLists) {
  const auto paths = parse_cgroup_paths("4:memory:/m\n3:cpu,cpuacct:/c\nbroken\n0::/u:with:colons\n");
  EXPECT_EQ(paths.memory, "/m");
  EXPECT_EQ(paths.cpu, "/c");
  EXPECT_EQ(paths.cpuacct, "/c");
  EXPECT_EQ(paths.unified, "/u:with:colons");
}

TEST(CgroupTest, ReadsAQuota) {
  EXPECT_DOUBLE_EQ(parse_cpu_max("150000 100000\n").value(), 1.5);
  EXPECT_FALSE(parse_cpu_max("max 100000\n"));
  EXPECT_FALSE(parse_cpu_max("-1\n 100000\n"));
  EXPECT_FALSE(parse_cpu_max(""));
}

TEST_F(FakeKernel, AContainersLimitsCountInsteadOfTheMachines) {
  put("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 1\n");
  put("proc/meminfo",
      "MemTotal:   1000 kB\nMemFree: 1 kB\nMemAvailable:  900 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\n");
  put("proc/loadavg", "0.50 1.25 2.00 1/100 1234\n");
  put("proc/self/cgroup", "0::/\n");
  put("cg/cgroup.controllers", "memory cpu\n");
  put("cg/memory.max", "102400\n");
  put("cg/memory.current", "61440\n");
  put("cg/memory.stat", "inactive_file 10240\n");
  put("cg/cpu.max", "50000 100000\n");
  put("cg/cpu.stat", "usage_usec 1000000\n");
  HostProbe probe(at("proc"), at("cg"));
  auto facts = probe.sample(0);
  EXPECT_EQ(facts.memory_total, 102400);
  EXPECT_EQ(facts.memory_available, 102400 - 51200);
  EXPECT_DOUBLE_EQ(facts.memory_ratio(), 0.5);
  EXPECT_DOUBLE_EQ(facts.load[1], 1.25);
  EXPECT_DOUBLE_EQ(facts.cpus, 0.5);
  put("cg/cpu.stat", "usage_usec 1250000\n");
  facts = probe.sample(kSecond);
  EXPECT_DOUBLE_EQ(facts.cpu_ratio, 0.5);
}

constexpr const char* kPressure =
    "some avg10=12.50 avg60=2.32 avg300=3.79 total=229442780\nfull avg10=0.25 avg60=0.00 avg300=0.00 "
    "total=0\n";

TEST(PressureTest, ReadsTheLastTenSeconds) {
  const Pressure pressure = parse_pressure(kPressure);
  EXPECT_DOUBLE_EQ(pressure.some.value(), 0.125);
  EXPECT_DOUBLE_EQ(pressure.full.value(), 0.0025);
  EXPECT_FALSE(parse_pressure("some avg10=1.0 total=1\n").full) << "CPU before Linux 5.13";
  EXPECT_FALSE(parse_pressure("").some);
  EXPECT_FALSE(parse_pressure("some avg10=nan").some);
  EXPECT_FALSE(parse_pressure("some avg10=").some);
}

TEST_F(FakeKernel, PressureIsTheContainersOwnElseTheMachinesElseNotKnown) {
  put("proc/pressure/cpu", kPressure);
  put("proc/pressure/memory", kPressure);
  put("cg/cgroup.controllers", "memory\n");
  put("cg/memory.pressure", "some avg10=50.00 total=1\nfull avg10=40.00 total=1\n");
  const auto all = PressureProbe(at("proc"), at("cg")).sample();
  EXPECT_DOUBLE_EQ(all[0].some.value(), 0.125);
  EXPECT_DOUBLE_EQ(all[1].some.value(), 0.5);
  EXPECT_FALSE(all[2].some);
}

TEST_F(FakeKernel, CountsTheMachinesDescriptors) {
  put("proc/sys/fs/file-nr", "814\t0\t2466190\n");
  const auto facts = HostProbe(at("proc"), at("cg")).sample(0);
  EXPECT_EQ(facts.open_fds, 814);
  EXPECT_EQ(facts.max_fds, 2'466'190);
  EXPECT_EQ(HostProbe(at("nowhere"), at("cg")).sample(0).max_fds, -1);
}

TEST(ClockTest, TheKernelIsAskedEveryTenSeconds) {
  ClockProbe probe;
  const auto first = probe.sample(kSecond);
  if (!first) GTEST_SKIP() << "adjtimex may not be called here";
  EXPECT_EQ(probe.sample(2 * kSecond)->offset_ns, first->offset_ns);
}

TEST_F(FakeKernel, CpuRatioIsThatOfTheTimeSinceTheLastLook) {
  put("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
  HostProbe probe(at("proc"), at("cg"));
  EXPECT_EQ(probe.sample(0).cpu_ratio, 0);
  put("proc/stat", "cpu  120 0 110 860 10 0 0 0 0 0\n");
  EXPECT_DOUBLE_EQ(probe.sample(kSecond).cpu_ratio, 0.3);
}

TEST(HostTest, TheRealMachineHasCpuMemoryAndABootId) {
  HostProbe probe;
  const auto facts = probe.sample(1);
  EXPECT_GT(facts.cpu.total(), 0);
  EXPECT_GT(facts.memory_total, 0);
  EXPECT_GT(facts.memory_available, 0);
  EXPECT_LE(facts.memory_available, facts.memory_total);
  EXPECT_GT(boot_time(SystemClock{}), 0);
}

constexpr const char* kMounts =
    "22 27 0:21 / /proc rw - proc proc rw\n"
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    "28 27 254:0 /sub /mnt/bind rw - ext4 /dev/vda rw\n"
    "30 27 254:16 / /data\\040disk rw shared:1 master:2 - xfs /dev/vdb rw\n"
    "31 27 7:1 / /snap/core ro - squashfs /dev/loop1 ro\n"
    "32 27 0:50 / /net rw - nfs4 server:/x rw\n"
    "33 27 0:51 / /dev/shm rw - tmpfs tmpfs rw\n"
    "34 27 0:52 / /dev/shm/state rw - tmpfs tmpfs rw\n"
    "broken line\n";

TEST(DisksTest, FindsEachDiskOnceAndNoNetworkOrImage) {
  const auto disks = parse_mounts(kMounts);
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[0].mount_point, "/");
  EXPECT_EQ(disks[1].mount_point, "/data disk");
  EXPECT_EQ(disks[1].type, "xfs");
}

TEST(DisksTest, TheStateFoldersFileSystemIsTheLongestMountPoint) {
  EXPECT_EQ(mount_of(kMounts, "/dev/shm/state/bots").mount_point, "/dev/shm/state");
  EXPECT_EQ(mount_of(kMounts, "/dev/shm/stateless").mount_point, "/dev/shm");
  EXPECT_EQ(mount_of(kMounts, "/data disk").mount_point, "/data disk");
  EXPECT_EQ(mount_of("", "/x").mount_point, "/x");
}

TEST(DisksTest, LeavesOutWhatAnotherMachineOrAProgramServes) {
  EXPECT_TRUE(parse_mounts("27 1 0:99 / / rw - nfs4 server:/root rw\n"
                           "32 27 0:50 / /s rw - fuse.sshfs /dev/fuse rw\n"
                           "33 27 0:51 / /auto rw - autofs /dev/x rw\n")
                  .empty());
  EXPECT_EQ(parse_mounts("32 27 8:1 / /win rw - fuseblk /dev/sda1 rw\n").size(), 1U);
}

TEST(DisksTest, ForecastsWhenADiskThatFillsIsFull) {
  DiskForecast forecast;
  std::int64_t free = 100'000'000'000;
  MonoNs now = kSecond;
  for (int second = 0; second < 600; ++second) forecast.add(now += kSecond, free);
  EXPECT_FALSE(forecast.full_in_ns()) << "it does not fill";
  for (int second = 0; second < 900; ++second) forecast.add(now += kSecond, free -= 10'000'000);
  ASSERT_TRUE(forecast.full_in_ns());
  EXPECT_NEAR(static_cast<double>(*forecast.full_in_ns() / kSecond), static_cast<double>(free) / 1e7, 5);
  for (int second = 0; second < 1800; ++second) forecast.add(now += kSecond, free += 1'000'000);
  EXPECT_FALSE(forecast.full_in_ns()) << "it is being emptied";
}

TEST(DisksTest, ForecastsFromSixHoursWhatFillsInBursts) {
  DiskForecast forecast;
  std::int64_t free = 20'000'000'000;
  MonoNs now = kSecond;
  for (int second = 0; second < 5 * 3600; ++second)
    forecast.add(now += kSecond, second % 3600 == 0 ? free -= 1'000'000'000 : free);
  ASSERT_TRUE(forecast.full_in_ns());
  EXPECT_NEAR(static_cast<double>(*forecast.full_in_ns()) / 3600e9, static_cast<double>(free) / 1e9, 6);
}

TEST(DisksTest, MeasuresTheRealStateFolder) {
  DiskProbe probe(testing::TempDir());
  const auto& disks = probe.sample(0);
  EXPECT_FALSE(disks.empty());
  EXPECT_GT(probe.state_disk().size_bytes, 0);
  EXPECT_GE(probe.state_disk().used_ratio(), 0);
  EXPECT_LE(probe.state_disk().used_ratio(), 1);
}

TEST_F(FakeKernel, HeldFilesBeyondTheBoundStillRead) {
  put("x", "12\n");
  std::vector<HeldFile> files;
  for (int i = 0; i < HeldFile::kMostHeld + 50; ++i) files.emplace_back(at("x"));
  std::array<char, 16> buffer;
  const auto before = count_descriptors(::getpid());
  for (int round = 0; round < 2; ++round)
    for (auto& file : files) ASSERT_EQ(leading_integer(file.read(buffer).value_or("")), 12);
  EXPECT_LE(count_descriptors(::getpid()) - before, HeldFile::kMostHeld);
}

}  // namespace
}  // namespace steward
