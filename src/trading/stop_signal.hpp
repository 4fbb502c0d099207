#pragma once

#include <csignal>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::trading {

/// SIGTERM and SIGINT as something to wait for, without a handler and without a race. Blocks both in the
/// calling thread as long as it lives.
class StopSignal {
 public:
  static Result<StopSignal> watch();
  StopSignal(StopSignal&&) = default;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal();

  /// Waits until `deadline` (CLOCK_MONOTONIC) or a signal; true once one has come.
  bool wait_until(MonoNs deadline, const Clock& clock);

 private:
  StopSignal() = default;
  Fd signals_;
  sigset_t before_{};
  bool stopped_ = false;
};

}  // namespace steward::trading
