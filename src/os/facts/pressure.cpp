#include "os/facts/pressure.hpp"

#include <algorithm>
#include <charconv>

#include "os/facts/cgroup.hpp"
#include "os/files.hpp"

namespace steward {

Pressure parse_pressure(std::string_view text) {
  Pressure pressure;
  const auto ratio_of = [&](std::string_view line) -> std::optional<double> {
    const auto at = text.find(line);
    if (at == std::string_view::npos) return std::nullopt;
    const char* const begin = text.data() + at + line.size();
    double percent = 0;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), percent);
    if (error != std::errc{} || !(percent >= 0)) return std::nullopt;
    return std::min(percent / 100, 1.0);
  };
  pressure.some = ratio_of("some avg10=");
  pressure.full = ratio_of("full avg10=");
  return pressure;
}

PressureProbe::PressureProbe(const std::string& proc, const std::string& cgroup_root) {
  const CgroupMounts mounts(cgroup_root);
  for (std::size_t i = 0; i < kResources.size(); ++i) {
    const std::string container = mounts.unified + "/" + kResources[i] + ".pressure";
    const std::string machine = proc + "/pressure/" + kResources[i];
    if (!mounts.unified.empty() && exists(container)) {
      files_[i] = HeldFile(container);
    } else if (exists(machine)) {
      files_[i] = HeldFile(machine);
    }
  }
}

std::array<Pressure, 3> PressureProbe::sample() {
  std::array<Pressure, 3> all;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    std::array<char, 256> buffer;
    if (const auto text = files_[i].read(buffer)) all[i] = parse_pressure(*text);
  }
  return all;
}

}  // namespace steward
