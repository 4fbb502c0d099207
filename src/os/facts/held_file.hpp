#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "os/fd.hpp"

namespace steward {

/// A small file of the kernel (/proc, /sys, a cgroup) that is looked at again and again: opened once, then
/// one pread(2) a look. Owned by one probe and used by one thread. At most kMostHeld are kept open in a
/// process, so that hundreds of bots cannot use up its descriptors; those beyond are opened at each look.
class HeldFile {
 public:
  static constexpr int kMostHeld = 128;

  HeldFile() = default;
  explicit HeldFile(std::string path) : path_(std::move(path)) {}
  HeldFile(HeldFile&& other) noexcept;
  HeldFile& operator=(HeldFile&& other) noexcept;
  ~HeldFile() { close(); }

  const std::string& path() const { return path_; }

  /// What the file says now, at most `buffer` bytes of it, in `buffer`; nothing when it cannot be read (the
  /// process or cgroup is gone). The next look opens it anew then.
  std::optional<std::string_view> read(std::span<char> buffer);

 private:
  bool open();
  void close();

  std::string path_;
  Fd fd_;
};

/// The integer that `text` begins with after blanks.
std::optional<std::int64_t> leading_integer(std::string_view text);

/// The integer after a line's first word, as in "usage_usec 1234" or "MemTotal:  16 kB" (`key` with its
/// colon).
std::optional<std::int64_t> integer_of(std::string_view text, std::string_view key);

}  // namespace steward
