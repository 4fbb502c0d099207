#include "base/trend.hpp"

#include <algorithm>

namespace steward {

void Trend::add(MonoNs now, std::int64_t value) {
  if (!samples_.empty() && now - last_ < window_ / static_cast<std::int64_t>(most_)) return;
  if (!samples_.empty() && now - last_ > window_) {  // looks so far apart are no trend
    samples_.clear();
    oldest_ = 0;
  }
  last_ = now;
  if (samples_.size() < most_) {
    samples_.push_back({now, value});
  } else {
    samples_[oldest_] = {now, value};
    oldest_ = (oldest_ + 1) % most_;
  }
  measure();
}

/// H. Theil's "incomplete" method: each sample of the older half with the one half a window later, n/2 slopes
/// in place of n²/2.
void Trend::measure() {
  const std::size_t count = samples_.size(), half = count / 2;
  const auto sample = [&](std::size_t age) { return samples_[(oldest_ + age) % count]; };
  slope_.reset();
  if (half < 4 || last_ - sample(0).at < window_ / kLeastPart) return;
  std::vector<double> slopes;
  slopes.reserve(half);
  for (std::size_t i = 0; i < half; ++i) {
    const Sample from = sample(i), to = sample(i + count - half);
    slopes.push_back(static_cast<double>(to.value - from.value) /
                     (static_cast<double>(to.at - from.at) / static_cast<double>(kSecond)));
  }
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(half / 2);
  std::ranges::nth_element(slopes, middle);
  slope_ = *middle;
}

}  // namespace steward
