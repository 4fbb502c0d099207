#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/trend.hpp"
#include "os/facts/usage.hpp"
#include "state/model.hpp"

namespace steward::metrics {

/// Looks at what every running bot uses, with one probe for each run. One thread (reads /proc and cgroups).
class UsageSampler {
 public:
  /// What is needed of a bot to look at it; copied, so that the state need not be held meanwhile.
  struct Subject {
    std::string bot, run, cgroup;
    int pid = 0;  ///< 0: does not run
  };
  /// A look at every subject; probes of runs that are over are dropped.
  void sample(std::span<const Subject> subjects, MonoNs now);
  /// Nothing when the bot does not run.
  std::optional<Usage> usage(std::string_view bot) const;
  /// The trend of the run's memory; nothing for the first 20 minutes, or when the bot does not run.
  std::optional<double> memory_growth_per_hour(std::string_view bot) const;

 private:
  struct Watched {
    std::string run;
    UsageProbe probe;
    std::optional<Usage> usage;
    Trend memory{2 * 3600 * kSecond};
  };
  std::map<std::string, Watched, std::less<>> watched_;
};

}  // namespace steward::metrics
