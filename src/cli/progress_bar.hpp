#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "backup/meter.hpp"
#include "base/clock.hpp"

namespace steward::cli {

/// What one line says of a meter: share, bytes, rate, time left, files. Remembers the readings before for the
/// rate. No I/O.
class ProgressText {
 public:
  /// The line at `at` for a terminal that is `width` columns wide; what does not fit is left out.
  std::string line(const backup::Meter::Reading& now, MonoNs at, int width);

 private:
  void measure(const backup::Meter::Reading& now, MonoNs at);

  std::int64_t stage_ = -1, bytes_ = 0;
  MonoNs began_ = 0, at_ = 0;
  double rate_ = 0;  ///< bytes a second, smoothed
};

/// Draws how far long work has come, in one line on standard error, while it lives; on a terminal only. Has a
/// thread of its own. Print nothing while it lives.
class ProgressBar {
 public:
  /// `wanted` is false for those who asked for JSON.
  explicit ProgressBar(bool wanted);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// For the work to count on; null when nobody watches.
  backup::Meter* meter() { return thread_ ? &meter_ : nullptr; }

 private:
  void draw(const std::stop_token& stop);

  backup::Meter meter_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<std::jthread> thread_;
};

}  // namespace steward::cli
