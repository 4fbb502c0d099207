#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "alerts/expression.hpp"
#include "base/clock.hpp"

namespace steward::alerts {

/// The past of one series over one range, as one function needs it: at most about 240 points, one for each
/// second up to four minutes and one for each 240th of a longer range. A point sums up what fell into it (the
/// greatest value, the number of changes, the counter's resets), so that nothing between two points is lost.
/// A plain value.
class Window {
 public:
  static constexpr std::int64_t kMostPoints = 240;

  Window(Function function, std::int64_t range);

  /// The series' value at `now`, which grows.
  void add(MonoNs now, double value);
  /// The function's value at `now`, as Prometheus has it; nothing while there are too few points.
  std::optional<double> result(MonoNs now, double argument) const;

 private:
  struct Point {
    MonoNs at;      ///< of the newest value in it
    double value;   ///< the newest, the greatest, the least or the sum
    double beside;  ///< how many values, how many changes, or what resets took away until then
  };

  std::optional<double> extrapolated(MonoNs now) const;
  std::optional<double> trend(MonoNs now, double ahead) const;
  double mean() const;
  double extreme() const;
  double change_count() const;
  void merge(Point& point, double value) const;

  Function function_;
  std::int64_t range_, step_;
  double last_ = 0;   ///< the newest value
  double reset_ = 0;  ///< what all resets took away so far
  std::deque<Point> points_;
};

}  // namespace steward::alerts
