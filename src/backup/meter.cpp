#include "backup/meter.hpp"

namespace steward::backup {

void Meter::begin(std::string what, std::int64_t total, bool about) {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  files_ = 0;
  stage_ = {.what = std::move(what), .stage = stage_.stage + 1, .total = total, .about = about};
}

Meter::Reading Meter::read() const {
  const std::lock_guard lock(mutex_);
  Reading reading = stage_;
  reading.bytes = bytes_.load(std::memory_order_relaxed);
  reading.files = files_.load(std::memory_order_relaxed);
  return reading;
}

}  // namespace steward::backup
