#pragma once

#include "backup/meter.hpp"
#include "backup/restore/archive_reader.hpp"

namespace steward::backup {

/// Counts what passes on its way to another taker.
class MeteredTaker final : public FileTaker {
 public:
  MeteredTaker(FileTaker& next, Meter* meter) : next_(next), meter_(meter) {}
  Result<bool> begin(const Entry& entry) override {
    counted_ = 0;
    return next_.begin(entry);
  }
  Status data(std::int64_t offset, std::string_view bytes) override {
    const auto size = static_cast<std::int64_t>(bytes.size());
    counted_ += size;
    count(meter_, size, 0);
    return next_.data(offset, bytes);
  }
  Status end(const Entry& entry) override {
    count(meter_, entry.size - counted_, 1);  // holes count as if they had been read
    return next_.end(entry);
  }

 private:
  FileTaker& next_;
  Meter* meter_;
  std::int64_t counted_ = 0;
};

}  // namespace steward::backup
