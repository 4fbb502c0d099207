#include "state/pulse.hpp"

#include <algorithm>
#include <cmath>

namespace steward::state {

void LatencyBuckets::add(const LatencyBuckets& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

std::size_t LatencyBuckets::bucket_of(std::int64_t ns) {
  const double octaves = std::log2(static_cast<double>(std::max<std::int64_t>(ns, 1)) / kMicrosecond);
  const double at = std::ceil(octaves * kEach);
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(kBuckets - 1)));
}

std::optional<std::int64_t> LatencyBuckets::quantile(double part) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = part * static_cast<double>(count_);
  double seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen < wanted || counts_[i] == 0) continue;
    return static_cast<std::int64_t>(kMicrosecond * std::exp2(static_cast<double>(i) / kEach));
  }
  return std::nullopt;
}

void RecentLatency::add(WallNs at, std::int64_t ns) {
  const std::int64_t number = at / kSlice;
  if (slices_.empty()) slices_.resize(kSlices);
  Slice& slice = slices_[static_cast<std::size_t>(number) % kSlices];
  if (number < slice.number) return;
  if (number > slice.number) slice = {number, {}};
  slice.latencies.add(ns);
}

void RecentLatency::append(WallNs now, LatencyBuckets& sum) const {
  const std::int64_t newest = now / kSlice;
  for (const Slice& slice : slices_) {
    const bool fresh = slice.number <= newest && slice.number > newest - static_cast<std::int64_t>(kSlices);
    if (fresh) sum.add(slice.latencies);
  }
}

}  // namespace steward::state
