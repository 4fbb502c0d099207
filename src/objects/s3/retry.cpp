#include "objects/s3/retry.hpp"

#include <algorithm>

namespace steward::objects {

std::optional<std::int64_t> Retry::drawn(const Judgement& judgement, MonoNs now) {
  constexpr int kMostDoublings = 30;
  const std::int64_t first =
      judgement.verdict == Verdict::throttled ? times_.first_throttled_ns : times_.first_ns;
  const std::int64_t bound = std::min(times_.longest_ns, first << std::min(doublings_, kMostDoublings));
  doublings_ = std::min(doublings_ + 1, kMostDoublings);
  std::int64_t wait = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound) + 1));
  wait = std::max(wait, judgement.wait_ns.value_or(0));
  if (now >= deadline_ || wait >= deadline_ - now) return std::nullopt;
  return wait;
}

std::optional<std::int64_t> Retry::after(const Judgement& judgement, MonoNs now) {
  if (++attempts_ >= times_.most_attempts) return std::nullopt;
  switch (judgement.verdict) {
    case Verdict::done:
    case Verdict::failed:
      return std::nullopt;
    case Verdict::transient:
    case Verdict::throttled:
      return drawn(judgement, now);
    case Verdict::skewed:
      if (std::exchange(skew_mended_, true) || !judgement.offset_ns) return std::nullopt;
      return 0;
    case Verdict::expired:
      if (std::exchange(credentials_mended_, true)) return std::nullopt;
      return 0;
  }
  return std::nullopt;
}

}  // namespace steward::objects
