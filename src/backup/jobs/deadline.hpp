#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.hpp"

namespace steward::backup {

/// A stop token that is used by itself after a time, for work that looks at one. Has a thread of its own.
class Deadline {
 public:
  explicit Deadline(std::int64_t ns)
      : end_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns)),
        thread_([this](const std::stop_token& over) {
          std::unique_lock lock(mutex_);
          if (!wake_.wait_until(lock, over, end_, [] { return false; }) && !over.stop_requested())
            late_.request_stop();
        }) {}
  std::stop_token token() const { return late_.get_token(); }
  /// Nanoseconds, a millisecond at least.
  std::int64_t left() const {
    const auto left = end_ - std::chrono::steady_clock::now();
    return std::max<std::int64_t>(std::chrono::nanoseconds(left).count(), kMillisecond);
  }

 private:
  std::chrono::steady_clock::time_point end_;
  std::stop_source late_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace steward::backup
