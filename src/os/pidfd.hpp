#pragma once

#include <sys/types.h>

#include <optional>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// A handle that keeps naming one process, however pids are reused. Code::not_found when there is none (any
/// more).
Result<Fd> open_pidfd(pid_t pid);

/// Sends a signal through a pidfd. Code::not_found when the process has ended.
Status send_signal(int pidfd, int signal);

/// The wait status (as waitpid gives it) of a process that somebody else has reaped, from a pidfd opened
/// while it lived. Linux 6.15; none before, and none until it is reaped.
std::optional<int> reaped_wait_status(int pidfd);

}  // namespace steward
