#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace steward {

/// How right the machine's wall clock is.
struct ClockSync {
  bool synchronized = false;
  /// What is still to be corrected (the kernel's), or was measured (a server's); nothing while nobody knows.
  std::optional<std::int64_t> offset_ns;
};

/// What the kernel knows (adjtimex(2)): whether somebody keeps its clock right (chrony and systemd-timesyncd
/// both tell it), and by how much it is off. Nothing where it may not be asked.
std::optional<ClockSync> kernel_clock();

/// kernel_clock() no more often than every ten seconds. One thread.
class ClockProbe {
 public:
  const std::optional<ClockSync>& sample(MonoNs now);

 private:
  MonoNs next_ = 0;
  std::optional<ClockSync> last_;
};

}  // namespace steward
