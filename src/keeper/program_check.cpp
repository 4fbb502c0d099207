#include "keeper/program_check.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/clock.hpp"
#include "os/pidfd.hpp"
#include "os/spawn.hpp"

namespace steward::keeper {

namespace {

constexpr std::int64_t kPatience = 2 * kSecond;

/// What a process writes until it closes its end or time is up.
std::string first_words(int fd) {
  const SystemClock clock;
  const MonoNs deadline = clock.mono() + kPatience;
  std::string text;
  char block[256];
  while (text.size() < 4096) {
    const auto left = (deadline - clock.mono()) / kMillisecond;
    pollfd waiting{.fd = fd, .events = POLLIN};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got <= 0) break;
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

Status check_keeper_program(const std::string& program) {
  if (program.empty() || program[0] != '/')
    return fail(Code::invalid, "\"{}\" is not an absolute path", program);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "pipe2");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const auto child = spawn({.args = {program, "--version"}, .out = writing.get()});
  if (!child) return std::unexpected(child.error());
  writing.reset();
  const std::string text = first_words(reading.get());
  [[maybe_unused]] const auto ended = send_signal(child->pidfd.get(), SIGKILL);
  while (::waitpid(child->pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (text.starts_with("steward-keeper ")) return {};
  return fail(Code::invalid, "{} did not answer --version as a steward-keeper does", program);
}

}  // namespace steward::keeper
