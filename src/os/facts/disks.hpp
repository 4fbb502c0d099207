#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/trend.hpp"

namespace steward {

/// One file system that holds data: where it is mounted and how full it is.
struct Disk {
  std::string mount_point, device, type;
  std::int64_t size_bytes = 0;
  std::int64_t available_bytes = 0;  ///< to a user without privileges
  std::int64_t used_bytes = 0;
  std::int64_t inodes = 0, inodes_free = 0;  ///< 0 of 0: this file system does not count them
  std::optional<std::int64_t> full_in_ns;    ///< by its trend; nothing while it does not fill

  /// As df prints "Use%": used of what an ordinary user may use. 0 to 1.
  double used_ratio() const;
  double inodes_used_ratio() const;
};

/// The mounted disks in /proc/self/mountinfo: those on a block device or ZFS, and the root whatever it is; no
/// read-only images, no network mounts and none that a program serves (FUSE): asking one whose server is gone
/// would hang. Each device once, at its shortest mount point; at most 64.
std::vector<Disk> parse_mounts(std::string_view mountinfo);

/// The file system that holds `path`: the mount point is the longest in `mountinfo` that `path` begins with.
Disk mount_of(std::string_view mountinfo, std::string_view path);

/// When a disk will be full, from what was free in the last 15 minutes and in the last 6 hours: whichever
/// ends sooner. One disk; one thread.
class DiskForecast {
 public:
  void add(MonoNs now, std::int64_t available_bytes);
  /// Nothing while it does not fill, or not within a year.
  std::optional<std::int64_t> full_in_ns() const;

 private:
  Trend short_{900 * kSecond}, long_{6 * 3600 * kSecond};
  std::int64_t available_ = 0;
};

/// Watches the disks and the one that holds `state_folder`, which may lie on anything (it is not measured
/// where that could hang). The list of mounts is read again every minute.
class DiskProbe {
 public:
  explicit DiskProbe(std::string state_folder, std::string mountinfo = "/proc/self/mountinfo");

  /// All disks, sorted by mount point; the state folder's is among them.
  const std::vector<Disk>& sample(MonoNs now);
  /// The one that holds the state folder.
  const Disk& state_disk() const { return disks_[state_index_]; }

 private:
  void find_disks();

  std::string state_folder_, mountinfo_;
  MonoNs next_search_ = 0;
  std::vector<Disk> disks_;
  std::map<std::string, DiskForecast, std::less<>> forecasts_;  // by mount point
  std::size_t state_index_ = 0;
};

}  // namespace steward
