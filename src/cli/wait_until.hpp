#pragma once

#include <poll.h>

#include <optional>

#include "base/clock.hpp"

namespace steward::cli {

/// Polls ten times a second until `look(now)` returns an exit status or `patience` (ns) is over; then
/// `give_up(now)` says so and returns one. `now` in the monotonic clock.
template <class Look, class GiveUp>
int wait_until(std::int64_t patience, Look look, GiveUp give_up) {
  constexpr int kLookMilliseconds = 100;
  const SystemClock clock;
  const MonoNs deadline = clock.mono() + patience;
  while (true) {
    if (const std::optional<int> status = look(clock.mono())) return *status;
    if (clock.mono() >= deadline) return give_up(clock.mono());
    ::poll(nullptr, 0, kLookMilliseconds);
  }
}

}  // namespace steward::cli
