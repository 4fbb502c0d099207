#pragma once

#include <cstdint>
#include <optional>

#include "base/random.hpp"
#include "objects/s3/verdict.hpp"

namespace steward::objects {

/// How long is waited between attempts, and how many there are.
struct RetryTimes {
  std::int64_t first_ns = 100 * kMillisecond;
  std::int64_t first_throttled_ns = kSecond;
  std::int64_t longest_ns = 20 * kSecond;
  int most_attempts = 50;
  /// For a server that has never answered yet: its name may be wrong, and somebody may be waiting.
  std::int64_t first_contact_ns = 20 * kSecond;
};

/// Decides about one request's attempts. No I/O, no clock: the driver makes the attempt, tells what it came
/// to, and waits as it is told. Waits are drawn with full jitter ("Exponential backoff and jitter", AWS
/// architecture blog, 2015): uniform from 0 to the doubled bound, never sooner than Retry-After.
class Retry {
 public:
  Retry(RetryTimes times, Random& random, MonoNs deadline)
      : times_(times), random_(random), deadline_(deadline) {}

  /// How long to wait before the next attempt; nothing when there shall be none. The clock's offset and the
  /// credentials are mended once each.
  std::optional<std::int64_t> after(const Judgement& judgement, MonoNs now);

  MonoNs deadline() const { return deadline_; }
  int attempts() const { return attempts_; }

 private:
  std::optional<std::int64_t> drawn(const Judgement& judgement, MonoNs now);

  RetryTimes times_;
  Random& random_;
  MonoNs deadline_;
  int attempts_ = 0;
  int doublings_ = 0;
  bool skew_mended_ = false;
  bool credentials_mended_ = false;
};

}  // namespace steward::objects
