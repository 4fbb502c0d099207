#include "net/command.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "os/files.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace steward::net {

namespace asio = boost::asio;

namespace {

/// What is in the environment of a command and all that it starts, and of nothing else.
std::string new_mark() {
  static std::atomic<std::uint64_t> count = 0;
  return fmt::format("STEWARD_COMMAND={}-{}-{}", ::getpid(), SystemClock().mono(), ++count);
}

/// Kills the command and whatever came of it: children, session, and those that carry its mark.
void kill_all(pid_t leader, const std::string& mark) {
  constexpr int kMostRounds = 5;  // what is born while we look is found in the next
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<pid_t> found = descendants(leader);
    for (const pid_t pid : processes_with_environment(mark)) found.push_back(pid);
    for (const pid_t pid : processes_of_session(leader)) {
      const auto facts = process_facts(pid);
      if (facts && facts->state != 'Z') found.push_back(pid);
    }
    if (found.empty()) return;
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
  }
}

/// One command under way, kept alive by what it waits for.
struct Running : std::enable_shared_from_this<Running> {
  Running(asio::io_context& context, Command what, CommandDone then)
      : command(std::move(what)), done(std::move(then)), pidfd(context), output(context), timer(context) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (pid > 0) kill_all(pid, mark);
  }

  Status start();
  void wait();
  void read();
  bool take_output();
  void ended();
  void late();
  void tell(Result<CommandEnd> result) {
    if (const CommandDone once = std::exchange(done, nullptr)) once(std::move(result));
  }

  Command command;
  CommandDone done;
  asio::posix::stream_descriptor pidfd, output;
  asio::steady_timer timer;
  pid_t pid = 0;
  std::string mark = new_mark();
  std::string text;
};

Status Running::start() {
  // A file in memory needs no writer that could block, or die of a program that does not read.
  const Fd input(::memfd_create("steward-command", MFD_CLOEXEC));
  int pipe[2];
  if (!input || ::pipe2(pipe, O_CLOEXEC) != 0) return fail_errno(errno, "cannot start " + command.args.at(0));
  const Fd write_end(pipe[1]);
  output.assign(pipe[0]);
  output.non_blocking(true);
  if (auto written = write_all(input.get(), command.input); !written) return written;
  ::lseek(input.get(), 0, SEEK_SET);
  SpawnSpec spec{.args = command.args, .env = command.env, .working_dir = command.working_dir};
  spec.env.push_back(mark);
  spec.in = input.get();
  spec.out = write_end.get();
  auto spawned = spawn(spec);
  if (!spawned) return std::unexpected(spawned.error());
  pid = spawned->pid;
  pidfd.assign(spawned->pidfd.release());
  return {};
}

void Running::wait() {
  const auto self = shared_from_this();
  pidfd.async_wait(asio::posix::stream_descriptor::wait_read, [self](const boost::system::error_code& error) {
    if (!error) self->ended();
  });
  timer.expires_after(std::chrono::nanoseconds(command.timeout_ns));
  timer.async_wait([self](const boost::system::error_code& error) {
    if (!error) self->late();
  });
  read();
}

void Running::read() {
  output.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (!error && self->take_output()) self->read();
                    });
}

/// False once nothing more can come.
bool Running::take_output() {
  std::array<char, 4096> block;
  constexpr int kMostBlocks = 64;  // a flood must not hold up the loop
  for (int i = 0; i < kMostBlocks; ++i) {
    const ssize_t got = ::read(output.native_handle(), block.data(), block.size());
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    text.append(block.data(),
                std::min<std::size_t>(static_cast<std::size_t>(got), command.most_output - text.size()));
  }
  return true;
}

void Running::ended() {
  siginfo_t info{};
  pid = 0;  // from here on the number may be another's
  if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd.native_handle()), &info,
               WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return tell(fail(Code::internal, "how {} ended cannot be told", command.args[0]));
  take_output();
  timer.cancel();
  output.close();
  const int status = info.si_code == CLD_EXITED   ? info.si_status << 8
                     : info.si_code == CLD_DUMPED ? info.si_status | WCOREFLAG
                                                  : info.si_status;
  tell(CommandEnd{status, std::move(text)});
}

void Running::late() {
  kill_all(pid, mark);
  tell(fail(Code::timeout, "{} had not ended after {} ms and was killed", command.args[0],
            command.timeout_ns / kMillisecond));
}

}  // namespace

void run_command(EventLoop& loop, Command command, CommandDone done) {
  auto running = std::make_shared<Running>(loop.context(), std::move(command), std::move(done));
  if (Status started = running->start(); !started) {
    loop.post([running, error = started.error()] { running->tell(std::unexpected(error)); });
    return;
  }
  running->wait();
}

}  // namespace steward::net
