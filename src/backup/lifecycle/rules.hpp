#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/lifecycle/bill.hpp"
#include "objects/s3/lifecycle_text.hpp"

namespace steward::backup {

/// After how many days an upload that was begun and never finished ends.
inline constexpr std::int64_t kAbortDays = 7;

/// The two rules that Steward has for a job of the store with this prefix ("" or ending in '/'). Their ids
/// are of prefix and job, so that of many Stewards in one bucket each knows its own.
objects::LifecycleRule move_rule(const std::string& prefix, const std::string& job, const MoveRule& move);
objects::LifecycleRule uploads_rule(const std::string& prefix, const std::string& job);

/// The job whose rule that is, by its id alone; none of a rule that is not of this store's Steward.
std::optional<std::string> job_of_rule(const objects::LifecycleRule& rule, const std::string& prefix);

/// What a rule of ours does now; none while it is off, or moves nothing.
std::optional<MoveRule> move_of(const objects::LifecycleRule& rule);

/// "STANDARD_IA after 30 days, GLACIER after 90, objects larger than 128 KiB"
std::string describe(const objects::LifecycleRule& rule);

/// What other people's rules do to these jobs' backups behind Steward's back: one sentence for each.
std::vector<std::string> foreign_dangers(const std::vector<objects::LifecycleRule>& rules,
                                         const std::string& prefix, const std::vector<std::string>& jobs);

}  // namespace steward::backup
