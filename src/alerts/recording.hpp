#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "metrics/series_source.hpp"

namespace steward::alerts {

/// Series as they were recorded: Prometheus text or OpenMetrics in which every sample has its timestamp and a
/// series comes as often as it was seen. Played forward; at each moment a series has its newest value, and is
/// gone five minutes after its last, as in Prometheus. One thread; not movable while rules look at it.
class Recording final : public metrics::SeriesSource {
 public:
  static constexpr std::size_t kMostBytes = 32 << 20, kMostSamples = 500'000;
  static constexpr std::int64_t kStaleAfter = 300 * kSecond;

  static Result<Recording> parse(std::string_view text);

  /// Of the first and the last sample.
  WallNs begin() const { return begin_; }
  WallNs end() const { return end_; }
  /// Forward to `at`, which grows.
  void play_to(WallNs at);

  std::uint64_t generation() const override { return generation_; }
  void each_series(std::string_view sample_name, const Visit& visit) const override;

 private:
  struct Point {
    WallNs at;
    double value;
  };
  struct Series {
    LabelSet labels;
    std::vector<Point> points;  ///< the oldest first
    std::size_t next = 0;       ///< the first that has not come yet
    metrics::Number value;
    bool present = false;
  };

  std::map<std::string, std::vector<Series>, std::less<>> by_name_;
  std::uint64_t generation_ = 0;
  WallNs begin_ = 0, end_ = 0;
};

}  // namespace steward::alerts
