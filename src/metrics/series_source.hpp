#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "metrics/label.hpp"
#include "metrics/number.hpp"

namespace steward::metrics {

/// Where the series come from that rules read: the registry, or a recording in tests. One thread.
class SeriesSource {
 public:
  /// `value` stays where it is, and is overwritten by each pass, until generation() changes. The labels are
  /// in no order and only there for the call.
  using Visit = std::function<void(Labels labels, const Number& value)>;

  virtual ~SeriesSource() = default;
  /// Another number whenever a series came or went.
  virtual std::uint64_t generation() const = 0;
  /// All series whose samples have this name, such as "daily_pnl" or "x_seconds_bucket".
  virtual void each_series(std::string_view sample_name, const Visit& visit) const = 0;
};

}  // namespace steward::metrics
