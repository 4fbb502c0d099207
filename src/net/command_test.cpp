#include "net/command.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <optional>

#include "os/files.hpp"

namespace steward::net {
namespace {

/// Runs one command to its end on a loop of its own.
Result<CommandEnd> run(Command command) {
  EventLoop loop;
  std::optional<Result<CommandEnd>> result;
  command.env.emplace_back("PATH=/usr/bin:/bin");
  run_command(loop, std::move(command), [&](Result<CommandEnd> end) {
    result = std::move(end);
    loop.stop();
  });
  loop.run();
  return std::move(*result);
}

Command shell(std::string script) {
  return {.args = {"sh", "-c", std::move(script)}};
}

TEST(RunCommand, GivesTheInputAndBringsOutputAndStatus) {
  Command command = shell("cat; echo oops >&2; exit 3");
  command.input = std::string(300'000, 'x') + "\n";
  command.most_output = 1 << 20;
  const auto end = run(std::move(command));
  ASSERT_TRUE(end) << end.error().text();
  EXPECT_EQ(WEXITSTATUS(end->status), 3);
  EXPECT_EQ(end->output.size(), 300'006U);
  EXPECT_TRUE(end->output.ends_with("\noops\n"));
}

TEST(RunCommand, AProgramThatDoesNotReadItsInputIsNoTrouble) {
  Command command = shell("true");
  command.input = std::string(300'000, 'x');
  EXPECT_EQ(run(std::move(command))->status, 0);
}

TEST(RunCommand, KeepsOnlySoMuchOutput) {
  Command command = shell("head -c 1000000 /dev/zero | tr '\\0' x");
  command.most_output = 100;
  EXPECT_EQ(run(std::move(command))->output, std::string(100, 'x'));
}

TEST(RunCommand, DoesNotWaitForWhatTheCommandLeavesBehind) {
  const auto end = run(shell("setsid sleep 300 & echo $!"));
  ASSERT_TRUE(end);
  ::kill(std::stoi(end->output), SIGKILL);
}

TEST(RunCommand, OneThatIsLateIsKilledWithAllThatItStarted) {
  const std::string file = testing::TempDir() + "steward_command_pids" + std::to_string(::getpid());
  ASSERT_TRUE(replace_file(file, ""));
  Command command = shell("sleep 300 & echo $! >> " + file + "; setsid sh -c 'echo $$ >> " + file +
                          "; exec sleep 300' & wait");
  command.timeout_ns = 500 * kMillisecond;
  const auto end = run(std::move(command));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code(), Code::timeout);
  const auto pids = read_file(file, 1000);
  ASSERT_TRUE(pids);
  int found = 0;
  for (std::size_t at = 0; at < pids->size(); at = pids->find('\n', at) + 1, ++found) {
    const std::string stat = "/proc/" + pids->substr(at, pids->find('\n', at) - at) + "/stat";
    const auto text = read_file(stat, 4096);
    EXPECT_TRUE(!text || text->find(") Z ") != std::string::npos) << *text;
  }
  EXPECT_EQ(found, 2);
}

TEST(RunCommand, AProgramThatIsNotThereIsAnError) {
  EXPECT_EQ(run({.args = {"/nonexistent/program"}}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace steward::net
