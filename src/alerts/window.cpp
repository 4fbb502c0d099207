#include "alerts/window.hpp"

#include <algorithm>
#include <cmath>

namespace steward::alerts {

namespace {

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

bool is_counter(Function function) {
  return function == Function::rate || function == Function::increase;
}

}  // namespace

Window::Window(Function function, std::int64_t range)
    : function_(function), range_(range), step_(std::max(kSecond, range / kMostPoints)) {}

void Window::add(MonoNs now, double value) {
  const bool first = points_.empty();
  const bool changed = !first && !same(value, last_);
  if (!first && value < last_) reset_ += last_;
  last_ = value;
  if (first || points_.back().at / step_ != now / step_) {
    double beside = is_counter(function_) ? reset_ : 0;
    if (function_ == Function::avg_over_time) beside = 1;
    if (function_ == Function::changes) beside = changed ? 1 : 0;
    points_.push_back({now, value, beside});
  } else {
    Point& point = points_.back();
    point.at = now;
    merge(point, value);
    if (function_ == Function::changes && changed) point.beside += 1;
  }
  while (points_.front().at < now - range_) points_.pop_front();
}

void Window::merge(Point& point, double value) const {
  switch (function_) {
    case Function::max_over_time:
      if (value > point.value || std::isnan(point.value)) point.value = value;
      return;
    case Function::min_over_time:
      if (value < point.value || std::isnan(point.value)) point.value = value;
      return;
    case Function::avg_over_time:
      point.value += value;
      point.beside += 1;
      return;
    case Function::rate:
    case Function::increase:
      point.beside = reset_;
      break;
    default:
      break;
  }
  point.value = value;
}

std::optional<double> Window::result(MonoNs now, double argument) const {
  if (points_.empty()) return std::nullopt;
  switch (function_) {
    case Function::rate:
    case Function::increase:
    case Function::delta:
      return extrapolated(now);
    case Function::deriv:
    case Function::predict_linear:
      return trend(now, argument);
    case Function::avg_over_time:
      return mean();
    case Function::changes:
      return change_count();
    default:
      return extreme();
  }
}

/// extrapolatedRate() of Prometheus 2.42 (promql/functions.go): up to the range's ends when the points come
/// near them, else half a distance of points beyond, and never below a counter's zero.
std::optional<double> Window::extrapolated(MonoNs now) const {
  if (points_.size() < 2) return std::nullopt;
  const Point &first = points_.front(), &last = points_.back();
  const double covered = seconds(last.at - first.at);
  const double between = covered / static_cast<double>(points_.size() - 1);
  double change = last.value - first.value;
  if (is_counter(function_)) change += last.beside - first.beside;
  double to_start = seconds(first.at - (now - range_));
  const double to_end = seconds(now - last.at);
  if (is_counter(function_) && change > 0 && first.value >= 0)
    to_start = std::min(to_start, covered * (first.value / change));
  const double near = between * 1.1;
  const double whole =
      covered + (to_start < near ? to_start : between / 2) + (to_end < near ? to_end : between / 2);
  change *= whole / covered;
  return function_ == Function::rate ? change / seconds(range_) : change;
}

/// The slope by least squares, or the value that it leads to. Two points a second apart say nothing about
/// hours: nothing until a quarter of the range was seen.
std::optional<double> Window::trend(MonoNs now, double ahead) const {
  if (points_.size() < 2 || points_.back().at - points_.front().at < range_ / 4) return std::nullopt;
  const MonoNs origin = function_ == Function::deriv ? points_.front().at : now;
  double sum_x = 0, sum_y = 0, sum_xy = 0, sum_xx = 0;
  const double base = points_.front().value;
  for (const Point& point : points_) {
    const double x = seconds(point.at - origin), y = point.value - base;
    sum_x += x, sum_y += y, sum_xy += x * y, sum_xx += x * x;
  }
  const auto count = static_cast<double>(points_.size());
  const double slope = (sum_xy - sum_x * sum_y / count) / (sum_xx - sum_x * sum_x / count);
  if (function_ == Function::deriv) return slope;
  return base + sum_y / count - slope * sum_x / count + slope * ahead;
}

double Window::mean() const {
  double sum = 0, count = 0;
  for (const Point& point : points_) sum += point.value, count += point.beside;
  return sum / count;
}

double Window::extreme() const {
  const bool greatest = function_ == Function::max_over_time;
  double out = points_.front().value;
  for (const Point& point : points_)
    if (std::isnan(out) || (greatest ? point.value > out : point.value < out)) out = point.value;
  return out;
}

/// The change into the oldest point came before the range.
double Window::change_count() const {
  double count = 0;
  for (std::size_t i = 1; i < points_.size(); ++i) count += points_[i].beside;
  return count;
}

}  // namespace steward::alerts
