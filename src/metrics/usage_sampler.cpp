#include "metrics/usage_sampler.hpp"

#include <algorithm>

namespace steward::metrics {

void UsageSampler::sample(std::span<const Subject> subjects, MonoNs now) {
  std::erase_if(watched_, [&](const auto& entry) {
    return std::ranges::none_of(subjects, [&](const Subject& subject) {
      return subject.bot == entry.first && subject.run == entry.second.run &&
             subject.pid == entry.second.probe.pid();
    });
  });
  for (const Subject& subject : subjects) {
    if (subject.pid <= 0) continue;
    auto at = watched_.find(subject.bot);
    if (at == watched_.end())
      at = watched_
               .emplace(subject.bot,
                        Watched{.run = subject.run, .probe = UsageProbe(subject.pid, subject.cgroup)})
               .first;
    at->second.usage = at->second.probe.sample();
    if (at->second.usage) at->second.memory.add(now, at->second.usage->memory_bytes);
  }
}

std::optional<double> UsageSampler::memory_growth_per_hour(std::string_view bot) const {
  const auto at = watched_.find(bot);
  const auto slope = at == watched_.end() ? std::nullopt : at->second.memory.per_second();
  return slope ? std::optional(*slope * 3600) : std::nullopt;
}

std::optional<Usage> UsageSampler::usage(std::string_view bot) const {
  const auto at = watched_.find(bot);
  return at == watched_.end() ? std::nullopt : at->second.usage;
}

}  // namespace steward::metrics
