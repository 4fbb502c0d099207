#include "os/facts/disks.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "os/files.hpp"

namespace steward {
namespace {

constexpr std::size_t kMostDisks = 64;
constexpr std::size_t kMostMountinfo = 4 * 1024 * 1024;

std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

/// proc(5): blank, tab, newline and backslash are written as three octal digits.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Mount {
  std::string device_number;
  Disk disk;
};

/// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::optional<Mount> parse_mount(std::string_view line) {
  Mount mount;
  take_word(line), take_word(line);
  mount.device_number = take_word(line);
  take_word(line);
  mount.disk.mount_point = unescape(take_word(line));
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos || mount.disk.mount_point.empty()) return std::nullopt;
  line.remove_prefix(dash + 3);
  mount.disk.type = take_word(line);
  mount.disk.device = unescape(take_word(line));
  return mount;
}

template <class Each>
void each_mount(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto mount = parse_mount(line)) each(std::move(*mount));
  }
}

/// Whether statvfs() may wait for somebody who is gone: another machine, or a program (FUSE).
bool may_hang(std::string_view type) {
  constexpr std::string_view kTypes[] = {"nfs",  "nfs4",      "cifs", "smb3", "smbfs",  "afs",
                                         "ceph", "glusterfs", "9p",   "fuse", "autofs", "ncpfs"};
  return type.starts_with("fuse.") || std::ranges::find(kTypes, type) != std::end(kTypes);
}

bool holds_data(const Disk& disk) {
  if (may_hang(disk.type)) return false;
  if (disk.mount_point == "/") return true;
  if (disk.type == "squashfs" || disk.type == "iso9660" || disk.type == "erofs") return false;
  return disk.device.starts_with("/dev/") || disk.type == "zfs";
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

void measure(Disk& disk) {
  struct statvfs info{};
  if (may_hang(disk.type)) return;
  if (::statvfs(disk.mount_point.c_str(), &info) != 0) return;
  const auto block = static_cast<std::int64_t>(info.f_frsize);
  disk.size_bytes = static_cast<std::int64_t>(info.f_blocks) * block;
  disk.available_bytes = static_cast<std::int64_t>(info.f_bavail) * block;
  disk.used_bytes = static_cast<std::int64_t>(info.f_blocks - info.f_bfree) * block;
  disk.inodes = static_cast<std::int64_t>(info.f_files);
  disk.inodes_free = static_cast<std::int64_t>(info.f_ffree);
}

double part(std::int64_t used, std::int64_t whole) {
  return whole <= 0 ? 0 : std::clamp(static_cast<double>(used) / static_cast<double>(whole), 0.0, 1.0);
}

}  // namespace

double Disk::used_ratio() const {
  return part(used_bytes, used_bytes + available_bytes);
}
double Disk::inodes_used_ratio() const {
  return part(inodes - inodes_free, inodes);
}

void DiskForecast::add(MonoNs now, std::int64_t available_bytes) {
  short_.add(now, available_bytes);
  long_.add(now, available_bytes);
  available_ = available_bytes;
}

std::optional<std::int64_t> DiskForecast::full_in_ns() const {
  constexpr double kYear = 365.0 * 24 * 3600;
  std::optional<std::int64_t> soonest;
  for (const auto slope : {short_.per_second(), long_.per_second()}) {
    const double seconds = slope && *slope < 0 ? static_cast<double>(available_) / -*slope : kYear;
    if (seconds >= kYear) continue;
    const auto ns = static_cast<std::int64_t>(seconds * static_cast<double>(kSecond));
    soonest = std::min(soonest.value_or(ns), ns);
  }
  return soonest;
}

std::vector<Disk> parse_mounts(std::string_view mountinfo) {
  std::map<std::string, Disk> by_device;
  each_mount(mountinfo, [&](Mount mount) {
    if (!holds_data(mount.disk)) return;
    auto [at, fresh] = by_device.try_emplace(mount.device_number, mount.disk);
    if (!fresh && mount.disk.mount_point.size() < at->second.mount_point.size())
      at->second = std::move(mount.disk);
  });
  std::vector<Disk> disks;
  for (auto& [number, disk] : by_device) disks.push_back(std::move(disk));
  std::ranges::sort(disks, {}, &Disk::mount_point);
  // The same mount point twice: the later mount hides the earlier, and statvfs sees only the later.
  disks.erase(std::ranges::unique(disks, {}, &Disk::mount_point).begin(), disks.end());
  if (disks.size() > kMostDisks) disks.resize(kMostDisks);
  return disks;
}

Disk mount_of(std::string_view mountinfo, std::string_view path) {
  Disk best;
  each_mount(mountinfo, [&](Mount mount) {
    if (is_below(path, mount.disk.mount_point) && mount.disk.mount_point.size() >= best.mount_point.size())
      best = std::move(mount.disk);
  });
  if (best.mount_point.empty()) best.mount_point = path;
  return best;
}

DiskProbe::DiskProbe(std::string state_folder, std::string mountinfo)
    : state_folder_(std::move(state_folder)), mountinfo_(std::move(mountinfo)) {
  find_disks();
}

void DiskProbe::find_disks() {
  const auto text = read_file(mountinfo_, kMostMountinfo).value_or("");
  disks_ = parse_mounts(text);
  Disk state = mount_of(text, real_path(state_folder_).value_or(state_folder_));
  if (std::ranges::find(disks_, state.mount_point, &Disk::mount_point) == disks_.end())
    disks_.push_back(state);
  std::ranges::sort(disks_, {}, &Disk::mount_point);
  state_index_ = static_cast<std::size_t>(std::ranges::find(disks_, state.mount_point, &Disk::mount_point) -
                                          disks_.begin());
}

const std::vector<Disk>& DiskProbe::sample(MonoNs now) {
  if (now >= next_search_) {
    find_disks();
    std::erase_if(forecasts_, [&](const auto& entry) {
      return std::ranges::find(disks_, entry.first, &Disk::mount_point) == disks_.end();
    });
    next_search_ = now + 60 * kSecond;
  }
  for (Disk& disk : disks_) {
    measure(disk);
    if (disk.size_bytes == 0) continue;
    DiskForecast& forecast = forecasts_[disk.mount_point];
    forecast.add(now, disk.available_bytes);
    disk.full_in_ns = forecast.full_in_ns();
  }
  return disks_;
}

}  // namespace steward
