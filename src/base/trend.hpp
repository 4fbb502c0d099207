#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace steward {

/// Where a quantity is heading: its slope over a window of the past, by Theil's median of slopes, which an
/// outlier or a burst of less than a quarter of the window does not move. Keeps at most `most` samples
/// (evenly apart, the newest of the window), whatever it is given. A value; one thread.
class Trend {
 public:
  /// Nothing is said of less than this part of the window.
  static constexpr std::int64_t kLeastPart = 6;

  explicit Trend(std::int64_t window_ns, std::size_t most = 90) : window_(window_ns), most_(most) {}

  /// The value now; `now` only grows. One that comes sooner than a sample is due is not taken.
  void add(MonoNs now, std::int64_t value);
  /// Per second; nothing before a sixth of the window was seen.
  std::optional<double> per_second() const { return slope_; }

 private:
  struct Sample {
    MonoNs at;
    std::int64_t value;
  };
  void measure();

  std::int64_t window_;
  std::size_t most_;
  std::vector<Sample> samples_;  // a ring once it is full
  std::size_t oldest_ = 0;
  MonoNs last_ = 0;
  std::optional<double> slope_;
};

}  // namespace steward
