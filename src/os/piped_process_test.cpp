#include "os/piped_process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "os/process.hpp"

namespace steward {
namespace {

PipedCommand shell(const std::string& script) {
  return {.args = {"/bin/sh", "-c", script}, .env = {"PATH=/usr/bin:/bin"}};
}

TEST(PipedProcess, GivesOutputErrorAndStatus) {
  std::string text;
  auto command = shell("echo out; echo err >&2; exit 3");
  command.output = [&](std::string_view bytes) { return text += bytes, Status{}; };
  auto process = PipedProcess::start(std::move(command)).value();
  EXPECT_EQ(wait_status_text(process->finish().value()), "exited with code 3");
  EXPECT_EQ(text, "out\n");
  EXPECT_EQ(process->said(), "err\n");
}

TEST(PipedProcess, MoreThanPipesHoldGoesThroughBothWays) {
  std::size_t got = 0;
  auto command = shell("cat");
  command.input = true;
  command.output = [&](std::string_view bytes) { return got += bytes.size(), Status{}; };
  auto process = PipedProcess::start(std::move(command)).value();
  const std::string block(3 << 20, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(process->write(block));
  process->close_input();
  EXPECT_EQ(process->finish().value(), 0);
  EXPECT_EQ(got, 3 * block.size());
}

TEST(PipedProcess, LargeBlocksAreForTheProgramThatAsksForThem) {
  if (::access("/usr/bin/stdbuf", X_OK) != 0) GTEST_SKIP() << "stdbuf (coreutils) is not here";
  for (const bool large : {false, true}) {
    std::string text;
    auto command = shell("echo \"$_STDBUF_I $_STDBUF_O\"; exec sleep 60");
    command.output = [&](std::string_view bytes) { return text += bytes, Status{}; };
    std::stop_source stop;
    command.stop = stop.get_token();
    command.large_blocks = large;
    auto process = PipedProcess::start(std::move(command)).value();
    ASSERT_TRUE(process->read_until([&] { return text.ends_with('\n'); }).value());
    EXPECT_EQ(text, large ? "131072 131072\n" : " \n");
    stop.request_stop();
    EXPECT_EQ(process->finish().error().message(), "/bin/sh was stopped");
  }
}

TEST(PipedProcess, AFloodOfComplaintsIsBounded) {
  auto process = PipedProcess::start(shell("yes complaint | head -c 5000000 >&2")).value();
  EXPECT_EQ(process->finish().value(), 0);
  EXPECT_EQ(process->said().size(), 4096);
}

TEST(PipedProcess, OneThatReadsNoMoreIsAnErrorAndNoSignal) {
  auto command = shell("exec <&-; echo closed; sleep 60");
  command.input = true;
  bool closed = false;
  command.output = [&](std::string_view) { return closed = true, Status{}; };
  auto process = PipedProcess::start(std::move(command)).value();
  ASSERT_TRUE(process->read_until([&] { return closed; }).value());
  const auto put = process->write("x");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), Code::unavailable);
}

TEST(PipedProcess, OneThatHangsIsTakenForHungAndKilled) {
  auto command = shell("trap '' TERM; sleep 60");
  command.silence = 50 * kMillisecond;
  auto process = PipedProcess::start(std::move(command)).value();
  const auto ended = process->finish();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), Code::timeout);
}

TEST(PipedProcess, AStopEndsTheWaiting) {
  std::stop_source stop;
  auto command = shell("sleep 60");
  command.stop = stop.get_token();
  auto process = PipedProcess::start(std::move(command)).value();
  std::jthread later([&] { stop.request_stop(); });
  const auto ended = process->finish();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), Code::cancelled);
}

TEST(PipedProcess, DiesWithTheThreadThatStartedIt) {
  pid_t child = 0;
  std::unique_ptr<PipedProcess> process;
  std::thread([&] {
    auto command = shell("echo $$; exec sleep 60");
    command.output = [&](std::string_view bytes) { return child = std::stoi(std::string(bytes)), Status{}; };
    process = PipedProcess::start(std::move(command)).value();
    ASSERT_TRUE(process->read_until([&] { return child != 0; }).value());
  }).join();
  const auto status = process->finish();
  ASSERT_TRUE(status);
  EXPECT_EQ(wait_status_text(*status), "killed by SIGKILL");
}

}  // namespace
}  // namespace steward
