#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::trading {

/// "1x", "0.5x", "10x" → hundredths of real time; "max" → 0, without waiting.
Result<std::int64_t> parse_speed(std::string_view text);

/// When a message of a replay is due on the monotonic clock: as far from the first as the publish times are
/// apart, at the speed asked for.
class Pacer {
 public:
  /// `speed` as parse_speed gives it.
  explicit Pacer(std::int64_t speed) : speed_(speed) {}
  /// Where the message published at `publish_time` (ms) is due; `now` for the first one, and always at "max".
  MonoNs due(std::int64_t publish_time, MonoNs now);
  /// The next message is the first of a new stretch: nothing happens in between, so nothing is waited for.
  void skip_gap() { started_ = false; }

 private:
  std::int64_t speed_;
  bool started_ = false;
  std::int64_t first_publish_time_ = 0;
  MonoNs first_at_ = 0;
};

}  // namespace steward::trading
