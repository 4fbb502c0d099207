#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/jobs/job_view.hpp"
#include "config/settings.hpp"

namespace steward::backup {

/// What of one source would be lost, were the machine to vanish now.
struct SourceExposure {
  std::string source;  ///< as configured
  /// Since when it is not in the store, 0 when nothing has changed since; none when it never was, or nobody
  /// knows.
  std::optional<std::int64_t> ns;
  std::optional<std::int64_t> bytes;  ///< of what is new or changed; of files all their bytes
  std::string note;  ///< why something is not known, or does not reach the store; empty: all does
};

/// Looks at every source of the job: a walk over names and times, no file is opened. Bounded: beyond
/// kMostLookedAt entries it says "at least".
std::vector<SourceExposure> exposure_of(const config::Backup& backup, const config::Settings& settings,
                                        const JobView& view, WallNs now);

inline constexpr std::int64_t kMostLookedAt = 1'000'000;

}  // namespace steward::backup
