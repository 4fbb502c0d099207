#include "os/piped_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/pidfd.hpp"
#include "os/spawn.hpp"

namespace steward {

namespace {

// A pipe's and of one read; more leaves the processor's cache. Two writes of who writes 128 KiB at a time.
constexpr int kBlock = 256 << 10;
constexpr const char* kStdbuf = "/usr/bin/stdbuf";
constexpr std::size_t kMostSaid = 4096;
constexpr int kTick = 100;  // ms; how soon a stop is seen
constexpr std::int64_t kGrace = 2 * kSecond;

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  // Refused to users whose pipes hold too much already: it is slower then.
  static_cast<void>(::fcntl(ends[0], F_SETPIPE_SZ, kBlock));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void unblock(const Fd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

bool again() {
  return errno == EAGAIN || errno == EINTR;
}

/// write(2) to a pipe without a reader gives EPIPE, and no signal, while this lives.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec none{};
    while (::sigtimedwait(&pipe_, nullptr, &none) == SIGPIPE) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
};

/// Waits for the process's end; false when it has not come in time.
bool wait_for_end(const Fd& pidfd, std::int64_t time) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  const MonoNs until = SystemClock().mono() + time;
  while (true) {
    const std::int64_t left = until - SystemClock().mono();
    if (::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left, 0) / kMillisecond)) > 0) return true;
    if (left <= 0) return false;
  }
}

}  // namespace

Result<std::unique_ptr<PipedProcess>> PipedProcess::start(PipedCommand command) {
  std::unique_ptr<PipedProcess> process(new PipedProcess(std::move(command)));
  if (auto opened = process->open(); !opened) return std::unexpected(opened.error());
  return process;
}

Status PipedProcess::open() {
  auto out = make_pipe();
  auto error = make_pipe();
  auto in = command_.input ? make_pipe() : Result<Pipe>(Pipe{});
  for (const auto* pipe : {&out, &error, &in}) {
    if (!*pipe) return std::unexpected(pipe->error());
  }
  auto args = command_.args;
  if (command_.large_blocks && ::access(kStdbuf, X_OK) == 0)
    args.insert(args.begin(), {kStdbuf, "-i128K", "-o128K"});
  auto spawned = spawn({.args = std::move(args),
                        .env = command_.env,
                        .in = in->read.get(),
                        .out = out->write.get(),
                        .error = error->write.get(),
                        .die_with_us = true});
  if (!spawned) return std::unexpected(spawned.error());
  pid_ = spawned->pid;
  pidfd_ = std::move(spawned->pidfd);
  out_ = std::move(out->read);
  error_ = std::move(error->read);
  in_ = std::move(in->write);
  unblock(out_);
  unblock(error_);
  if (in_) unblock(in_);
  block_.resize(kBlock);
  heard_ = SystemClock().mono();
  return {};
}

PipedProcess::~PipedProcess() {
  if (pid_ <= 0) return;
  in_.reset();
  out_.reset();
  static_cast<void>(send_signal(pidfd_.get(), SIGTERM));
  if (!wait_for_end(pidfd_, kGrace)) static_cast<void>(send_signal(pidfd_.get(), SIGKILL));
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status PipedProcess::turn(std::string_view* rest) {
  if (command_.stop.stop_requested()) return fail(Code::cancelled, "{} was stopped", command_.args[0]);
  if (SystemClock().mono() - heard_ > command_.silence) {
    return fail(Code::timeout, "{} has done nothing for {} s and was killed", command_.args[0],
                command_.silence / kSecond);
  }
  std::array<pollfd, 3> ready{pollfd{out_.get(), POLLIN, 0}, pollfd{error_.get(), POLLIN, 0},
                              pollfd{rest == nullptr ? -1 : in_.get(), POLLOUT, 0}};
  if (::poll(ready.data(), ready.size(), kTick) <= 0) return {};
  if (ready[1].revents != 0) take_error();
  if (ready[0].revents != 0) {
    if (auto taken = take_output(); !taken) return taken;
  }
  if (ready[2].revents == 0) return {};
  const NoPipeSignal quiet;
  const ssize_t put = ::write(in_.get(), rest->data(), rest->size());
  if (put < 0 && again()) return {};
  if (put < 0) {
    in_.reset();
    return fail(Code::unavailable, "{} reads no more", command_.args[0]);
  }
  rest->remove_prefix(static_cast<std::size_t>(put));
  heard_ = SystemClock().mono();
  return {};
}

Status PipedProcess::take_output() {
  const ssize_t got = ::read(out_.get(), block_.data(), block_.size());
  if (got < 0 && again()) return {};
  if (got <= 0) {
    out_.reset();
    return {};
  }
  Status taken;
  if (command_.output)
    taken = command_.output(std::string_view(block_).substr(0, static_cast<std::size_t>(got)));
  heard_ = SystemClock().mono();  // after the taker, who may have had to wait
  return taken;
}

void PipedProcess::take_error() {
  std::array<char, 4096> block;
  const ssize_t got = ::read(error_.get(), block.data(), block.size());
  if (got < 0 && again()) return;
  if (got <= 0) return error_.reset();
  said_.append(block.data(), std::min(static_cast<std::size_t>(got), kMostSaid - said_.size()));
}

Status PipedProcess::write(std::string_view bytes) {
  if (!in_) return fail(Code::unavailable, "{} reads no more", command_.args[0]);
  heard_ = SystemClock().mono();  // it may have had nothing to do until now
  while (!bytes.empty()) {
    if (auto turned = turn(&bytes); !turned) return turned;
  }
  return {};
}

Result<bool> PipedProcess::read_until(const std::function<bool()>& done) {
  heard_ = SystemClock().mono();
  while (!done()) {
    if (!out_) return false;
    if (auto turned = turn(nullptr); !turned) return std::unexpected(turned.error());
  }
  return true;
}

bool PipedProcess::ends_within(std::int64_t time) {
  for (const MonoNs until = SystemClock().mono() + time; !ended() && SystemClock().mono() < until;) {
    if (!turn(nullptr)) break;
  }
  return ended();
}

Result<int> PipedProcess::finish() {
  heard_ = SystemClock().mono();
  while (!ended()) {
    // Who inherited its standard error may hold it open for ever; its own end is enough.
    if (!out_ && wait_for_end(pidfd_, 0)) break;
    if (auto turned = turn(nullptr); !turned) return std::unexpected(turned.error());
  }
  if (error_) take_error();
  while (!wait_for_end(pidfd_, kTick * kMillisecond)) {
    if (auto turned = turn(nullptr); !turned) return std::unexpected(turned.error());
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return status;
}

}  // namespace steward
