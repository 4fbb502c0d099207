#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace steward::backup {

/// How far a backup, a restore or a drill has come. Owned by whoever watches, who outlives the work; counted
/// by the threads that do it, read by any other. It costs the work two additions for a block of bytes.
class Meter {
 public:
  struct Reading {
    std::string what;  ///< is being done; empty: nothing yet
    std::int64_t stage = 0, files = 0, bytes = 0;
    std::int64_t total = 0;  ///< bytes in all; 0: nobody knows
    bool about = false;      ///< the total is what it was the last time
  };

  /// The next stage of the work, counted from 0.
  void begin(std::string what, std::int64_t total = 0, bool about = false);
  void count(std::int64_t bytes, std::int64_t files) {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    files_.fetch_add(files, std::memory_order_relaxed);
  }
  Reading read() const;

 private:
  std::atomic<std::int64_t> bytes_ = 0, files_ = 0;
  mutable std::mutex mutex_;  // of what follows
  Reading stage_;
};

/// For work that perhaps nobody watches.
inline void begin(Meter* meter, std::string what, std::int64_t total = 0, bool about = false) {
  if (meter != nullptr) meter->begin(std::move(what), total, about);
}
inline void count(Meter* meter, std::int64_t bytes, std::int64_t files) {
  if (meter != nullptr) meter->count(bytes, files);
}

}  // namespace steward::backup
