#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace steward::store {

/// A file system of 1 MiB over a test's folder, which can be filled. Needs root: mounted() tells.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path)
      : path_(std::move(path)), mounted_(::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=1m") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  void fill() const {
    std::ofstream filler(path_ + "/filler", std::ios::binary);
    for (int i = 0; i < 256 && filler; ++i) filler << std::string(4096, 'x') << std::flush;
  }
  void clear() const { std::filesystem::remove(path_ + "/filler"); }

 private:
  std::string path_;
  bool mounted_;
};

}  // namespace steward::store
