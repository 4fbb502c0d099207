#pragma once

#include <cstdint>

namespace steward {

/// Nanoseconds since 1970-01-01T00:00:00Z. For people and records, never for measuring.
using WallNs = std::int64_t;
/// Nanoseconds of CLOCK_MONOTONIC. For durations and deadlines.
using MonoNs = std::int64_t;

inline constexpr std::int64_t kMicrosecond = 1'000;
inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

/// Where time comes from. Every implementation may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallNs wall() const = 0;
  virtual MonoNs mono() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  WallNs wall() const override;
  MonoNs mono() const override;
};

/// The twin for tests: stands still until moved. One thread only.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallNs wall = 1'700'000'000 * kSecond, MonoNs mono = kSecond)
      : wall_(wall), mono_(mono) {}
  WallNs wall() const override { return wall_; }
  MonoNs mono() const override { return mono_; }
  void advance(std::int64_t ns) { wall_ += ns, mono_ += ns; }
  /// A step of the wall clock alone, as an administrator or NTP makes.
  void jump_wall(std::int64_t ns) { wall_ += ns; }

 private:
  WallNs wall_;
  MonoNs mono_;
};

}  // namespace steward
