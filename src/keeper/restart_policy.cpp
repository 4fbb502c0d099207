#include "keeper/restart_policy.hpp"

#include <algorithm>

namespace steward::keeper {

namespace {
/// A bot that is to be restarted at once, and fails at once, begins its back-off here.
constexpr std::int64_t kLeastBackoff = 100 * kMillisecond;
constexpr int kMostDoublings = 30;
}  // namespace

RestartPolicy::Decision RestartPolicy::on_end(const BotSpec& spec, MonoNs now, bool good, Random& random) {
  while (!restarts_.empty() && restarts_.front() <= now - spec.budget_window) restarts_.pop_front();
  restarts_.push_back(now);
  Decision decision;
  decision.struggling = static_cast<std::int64_t>(restarts_.size()) > spec.budget_count;
  if (decision.struggling) restarts_.pop_front();

  const std::int64_t longest = std::max({spec.restart_delay, spec.restart_delay_max, kLeastBackoff});
  if (good) failures_ = 0;
  std::int64_t delay = spec.restart_delay;
  if (failures_ > 0) {
    delay = std::max(delay, kLeastBackoff);
    for (int i = 0; i < failures_ && i < kMostDoublings && delay < longest; ++i) delay *= 2;
    delay += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(delay / 4 + 1)));
  }
  if (decision.struggling)
    delay = longest - static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(longest / 4 + 1)));
  if (!good) ++failures_;
  decision.delay = std::clamp(delay, spec.restart_delay, longest);
  return decision;
}

}  // namespace steward::keeper
