#include "trading/stop_signal.hpp"

#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>

namespace steward::trading {

Result<StopSignal> StopSignal::watch() {
  StopSignal stop;
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  if (const int error = pthread_sigmask(SIG_BLOCK, &wanted, &stop.before_); error != 0) {
    return fail_errno(error, "blocking SIGTERM");
  }
  stop.signals_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!stop.signals_) return fail_errno(errno, "signalfd for SIGTERM");
  return stop;
}

StopSignal::~StopSignal() {
  if (!signals_) return;
  signalfd_siginfo one{};
  // Our own signal must not strike when it is let in again.
  while (::read(signals_.get(), &one, sizeof one) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignal::wait_until(MonoNs deadline, const Clock& clock) {
  while (!stopped_) {
    const std::int64_t left = std::max<std::int64_t>(0, deadline - clock.mono());
    const timespec timeout{left / kSecond, left % kSecond};
    pollfd watched{signals_.get(), POLLIN, 0};
    const int ready = ::ppoll(&watched, 1, &timeout, nullptr);
    if (ready > 0) stopped_ = true;
    if (ready == 0 && left == 0) break;
    if (ready < 0 && errno != EINTR) break;
    if (ready == 0 && clock.mono() >= deadline) break;
  }
  return stopped_;
}

}  // namespace steward::trading
