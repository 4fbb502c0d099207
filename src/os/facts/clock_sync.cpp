#include "os/facts/clock_sync.hpp"

#include <sys/timex.h>

namespace steward {

namespace {
constexpr std::int64_t kEvery = 10 * kSecond;
}

std::optional<ClockSync> kernel_clock() {
  timex state{};
  if (::adjtimex(&state) < 0) return std::nullopt;
  ClockSync clock;
  clock.synchronized = (state.status & STA_UNSYNC) == 0;
  if (clock.synchronized)
    clock.offset_ns = state.offset * ((state.status & STA_NANO) != 0 ? 1 : kMicrosecond);
  return clock;
}

const std::optional<ClockSync>& ClockProbe::sample(MonoNs now) {
  if (now >= next_) {
    last_ = kernel_clock();
    next_ = now + kEvery;
  }
  return last_;
}

}  // namespace steward
