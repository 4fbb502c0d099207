#include "os/spawn.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "os/files.hpp"
#include "os/pidfd.hpp"
#include "os/process.hpp"

namespace steward {
namespace {

/// Runs a shell script to its end and gives its output.
std::string output_of(const std::string& script, SpawnSpec spec = {}) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  spec.args = {"/bin/sh", "-c", script};
  spec.out = writing.get();
  const auto child = spawn(spec);
  writing.reset();
  if (!child) return child.error().text();
  std::string text;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(reading.get(), block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(got));
  ::waitpid(child->pid, nullptr, 0);
  return text;
}

TEST(Spawn, NothingIsInheritedButWhatIsNamed) {
  ::setenv("LEAK", "1", 1);
  const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library might
  ASSERT_GE(leak, 0);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(
      output_of("echo $LEAK$A; ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2",
                {.env = {"A=b", "PATH=/bin:/usr/bin"}}),
      "b\n4\n0000000000000000\n0000000000000000\n");
  ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  ::close(leak);
}

TEST(Spawn, HasASessionAFolderAndLimits) {
  EXPECT_EQ(output_of("pwd; ulimit -n; test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo leader",
                      {.env = {"PATH=/bin:/usr/bin"}, .working_dir = "/usr", .files_max = 77}),
            "/usr\n77\nleader\n");
}

TEST(Spawn, LooksTheProgramUpInTheChildsPath) {
  const auto found = spawn({.args = {"true"}, .env = {"PATH=/no/such:/bin:/usr/bin"}});
  ASSERT_TRUE(found) << found.error().text();
  int status = -1;
  ASSERT_EQ(::waitpid(found->pid, &status, 0), found->pid);
  EXPECT_EQ(wait_status_text(status), "exited with code 0");
}

TEST(Spawn, SaysWhichStepFailedAndWhyAndReapsTheChild) {
  EXPECT_EQ(spawn({.args = {"no-such"}}).error().text(),
            "cannot start no-such: exec: No such file or directory");
  EXPECT_EQ(spawn({.args = {"no-such"}}).error().code(), Code::not_found);
  EXPECT_EQ(spawn({.args = {"/etc/passwd"}}).error().text(),
            "cannot start /etc/passwd: exec: Permission denied");
  EXPECT_EQ(spawn({.args = {"/bin/true"}, .working_dir = "/no"}).error().text(),
            "cannot start /bin/true: changing to its working folder /no: No such file or directory");
  EXPECT_FALSE(spawn({}));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // nobody is left to reap
}

TEST(Spawn, TheChildWritesItsOwnPid) {
  char name[] = "/tmp/steward-spawn-XXXXXX";
  const Fd file(::mkstemp(name));
  const auto child = spawn({.args = {"/bin/true"}, .pid_note = file.get(), .pid_note_at = 5});
  ASSERT_TRUE(child);
  EXPECT_EQ(read_file(name, 100)->substr(5), fmt::format("{:010}", child->pid));
  ::waitpid(child->pid, nullptr, 0);
  ::unlink(name);
}

TEST(Pidfd, NamesTheProcessAndNoOther) {
  const auto child = spawn({.args = {"/bin/sleep", "1000"}});
  ASSERT_TRUE(child);
  ASSERT_TRUE(send_signal(child->pidfd.get(), SIGKILL));
  int status = 0;
  ASSERT_EQ(::waitpid(child->pid, &status, 0), child->pid);
  EXPECT_EQ(wait_status_text(status), "killed by SIGKILL");
  EXPECT_EQ(send_signal(child->pidfd.get(), SIGKILL).error().code(), Code::not_found);
  EXPECT_EQ(open_pidfd(child->pid).error().code(), Code::not_found);
  if (const auto told = reaped_wait_status(child->pidfd.get())) EXPECT_EQ(*told, status);
}

TEST(Process, FactsOfOurselvesAndOfOddNames) {
  const auto own = process_facts(::getpid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->parent, ::getppid());
  EXPECT_GT(own->start_time, 0U);
  const auto odd = parse_process_facts("7 (a) R (b) S 3 7 5 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4242 99 1");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->parent, 3);
  EXPECT_EQ(odd->session, 5);
  EXPECT_EQ(odd->start_time, 4242U);
  EXPECT_EQ(odd->state, 'S');
  const auto child = spawn({.args = {"/bin/sh", "-c", "exit 7"}});
  ASSERT_TRUE(child);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child->pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(process_facts(child->pid)->state, 'Z');
  EXPECT_EQ(process_facts(child->pid)->wait_status, 7 << 8);
  ::waitpid(child->pid, nullptr, 0);
  for (const char* bad : {"", "7", "7 (a", "7 (a) ", "7 (a) S", "7 (a) S x 7 5", "7 (a) S 3 7 5 0"})
    EXPECT_FALSE(parse_process_facts(bad)) << bad;
}

TEST(Process, DescendantsAndMarksAreFound) {
  const auto child = spawn({.args = {"/bin/sh", "-c", "sleep 1000 & wait"},
                            .env = {"STEWARD_TEST_MARK=x1", "PATH=/bin:/usr/bin"}});
  ASSERT_TRUE(child);
  std::vector<pid_t> below;
  // A process that is about to become another program has no environment for a moment.
  for (int i = 0; i < 5000 && (below.empty() || !has_environment(below[0], "STEWARD_TEST_MARK=x1")); ++i) {
    below = descendants(child->pid);
    ::usleep(1000);
  }
  ASSERT_EQ(below.size(), 1U);
  EXPECT_TRUE(has_environment(below[0], "STEWARD_TEST_MARK=x1"));
  EXPECT_FALSE(has_environment(below[0], "STEWARD_TEST_MARK=x"));
  EXPECT_EQ(processes_with_environment("STEWARD_TEST_MARK=x1").size(), 2U);
  EXPECT_EQ(processes_of_session(child->pid).size(), 2U);
  ::kill(below[0], SIGKILL);
  ::kill(child->pid, SIGKILL);
  ::waitpid(child->pid, nullptr, 0);
}

}  // namespace
}  // namespace steward
