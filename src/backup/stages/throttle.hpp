#pragma once

#include <cstdint>
#include <stop_token>

#include "backup/stages/bytes.hpp"
#include "base/clock.hpp"

namespace steward::backup {

/// How long to wait so that not more than a number of bytes a second pass: after silence a quarter of a
/// second's worth may pass at once. No I/O; one thread.
class RateLimit {
 public:
  /// 0: no limit.
  explicit RateLimit(std::int64_t bytes_a_second) : rate_(bytes_a_second) {}
  /// Counts `bytes` at `now`; how long to wait before the next.
  std::int64_t wait_after(std::int64_t bytes, MonoNs now);

 private:
  std::int64_t rate_;
  MonoNs free_at_ = 0;
};

/// Passes a stream on at a limited rate, and ends it with Code::cancelled when `stop` is asked for.
class ThrottleSink final : public ByteSink {
 public:
  ThrottleSink(std::int64_t bytes_a_second, const Clock& clock, std::stop_token stop, ByteSink& next)
      : limit_(bytes_a_second), clock_(clock), stop_(std::move(stop)), next_(next) {}
  Status write(std::string_view bytes) override;
  Status finish() override;

 private:
  RateLimit limit_;
  const Clock& clock_;
  std::stop_token stop_;
  ByteSink& next_;
};

/// The calling thread from now on only gets the processor and the disk when nobody else wants them.
void lower_priority();

}  // namespace steward::backup
