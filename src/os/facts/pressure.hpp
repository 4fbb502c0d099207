#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "os/facts/held_file.hpp"

namespace steward {

/// What part of the last 10 seconds tasks waited for one resource (PSI): some of them, or all that could have
/// run. 0 to 1; nothing where the kernel does not say.
struct Pressure {
  std::optional<double> some, full;
};
/// A *.pressure file: lines "some avg10=1.23 avg60=… total=…" and "full …".
Pressure parse_pressure(std::string_view text);

/// Watches the pressure on CPU, memory and I/O: of the container where Steward is in one (the cgroup that is
/// the root of what it sees), else of the machine. One thread.
class PressureProbe {
 public:
  static constexpr std::array<const char*, 3> kResources{"cpu", "memory", "io"};

  explicit PressureProbe(const std::string& proc = "/proc",
                         const std::string& cgroup_root = "/sys/fs/cgroup");
  /// In the order of kResources.
  std::array<Pressure, 3> sample();

 private:
  std::array<HeldFile, 3> files_;
};

}  // namespace steward
