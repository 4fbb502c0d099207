#include "trading/pacer.hpp"

#include "base/money.hpp"

namespace steward::trading {

Result<std::int64_t> parse_speed(std::string_view text) {
  constexpr std::int64_t kMost = 10'000'000;
  if (text == "max") return 0;
  if (text.ends_with('x')) {
    const auto speed = parse_hundredths(text.substr(0, text.size() - 1));
    if (speed && *speed > 0 && *speed <= kMost) return *speed;
  }
  return fail(Code::invalid,
              "--speed {}: expected 1x, 10x, another number of times real time from 0.01x on, or max", text);
}

MonoNs Pacer::due(std::int64_t publish_time, MonoNs now) {
  if (speed_ == 0) return now;
  if (!started_) {
    started_ = true;
    first_publish_time_ = publish_time;
    first_at_ = now;
  }
  const auto apart = static_cast<__int128>(publish_time - first_publish_time_) * kMillisecond * 100 / speed_;
  // A recording's clock may be anything; a due time may not leave the clock's range.
  constexpr auto kFarthest = static_cast<__int128>(INT64_MAX / 2);
  const auto due = static_cast<__int128>(first_at_) + apart;
  return static_cast<MonoNs>(due < 0 ? 0 : due > kFarthest ? kFarthest : due);
}

}  // namespace steward::trading
