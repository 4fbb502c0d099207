#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace steward::state {

/// Latencies in buckets a fifth of an octave wide (a quantile is at most 15 % too large), from 1 µs to two
/// minutes.
class LatencyBuckets {
 public:
  static constexpr std::size_t kEach = 5, kBuckets = 27 * kEach;

  void add(std::int64_t ns) { ++counts_[bucket_of(ns)], ++count_; }
  void add(const LatencyBuckets& other);
  std::int64_t count() const { return count_; }
  /// The upper bound of the bucket that holds it, `part` from 0 to 1; nothing when there is none.
  std::optional<std::int64_t> quantile(double part) const;

 private:
  static std::size_t bucket_of(std::int64_t ns);
  std::array<std::uint32_t, kBuckets> counts_{};
  std::int64_t count_ = 0;
};

/// The latencies of the last five minutes, in slices of half a minute. By the events' own time, so that the
/// same events give the same; bounded whatever comes.
class RecentLatency {
 public:
  static constexpr std::int64_t kSlice = 30 * kSecond;
  static constexpr std::size_t kSlices = 10;

  void add(WallNs at, std::int64_t ns);
  /// Adds to `sum` what is not older than five minutes.
  void append(WallNs now, LatencyBuckets& sum) const;

 private:
  struct Slice {
    std::int64_t number = -1;
    LatencyBuckets latencies;
  };
  std::vector<Slice> slices_;  // empty, or kSlices
};

}  // namespace steward::state
