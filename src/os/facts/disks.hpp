#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace steward {

/// One file system that holds data: where it is mounted and how full it is.
struct Disk {
  std::string mount_point, device, type;
  std::int64_t size_bytes = 0;
  std::int64_t available_bytes = 0;  ///< to a user without privileges
  std::int64_t used_bytes = 0;
  std::int64_t inodes = 0, inodes_free = 0;  ///< 0 of 0: this file system does not count them

  /// As df prints "Use%": used of what an ordinary user may use. 0 to 1.
  double used_ratio() const;
  double inodes_used_ratio() const;
};

/// The mounted disks in /proc/self/mountinfo: those on a block device or ZFS, and the root whatever it is; no
/// read-only images, no network mounts (asking one whose server is gone would hang). Each device once, at its
/// shortest mount point; at most 64.
std::vector<Disk> parse_mounts(std::string_view mountinfo);

/// The file system that holds `path`: the mount point is the longest in `mountinfo` that `path` begins with.
Disk mount_of(std::string_view mountinfo, std::string_view path);

/// Watches the disks and the one that holds `state_folder`. The list of mounts is read again every minute.
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
  std::size_t state_index_ = 0;
};

}  // namespace steward
