#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/lifecycle/foretell.hpp"
#include "backup/lifecycle/rules.hpp"
#include "config/settings.hpp"

namespace steward::backup {

/// What is known of a job before its rule is chosen.
struct JobCase {
  std::string name;
  bool wanted = true;  ///< the configuration leaves it to Steward
  config::LifecycleDays days;
  JobHabits habits;
  std::int64_t largest_manifest = 0;
  std::vector<std::string> notes;  ///< what of it is not in the bill
};

/// A rule, and what the year costs with it.
struct Choice {
  MoveRule rule;
  Bill bill;
};

/// What is chosen for a job.
struct JobPlan {
  std::string name;
  std::int64_t bytes = 0, objects = 0;  ///< in the store now
  bool left_out = false;                ///< the configuration wants no rule of ours
  std::optional<MoveRule> rule;         ///< none: objects stay where they are
  Bill before;                          ///< with the rule that is set now
  Bill after;                           ///< with `rule`
  Bill without;                         ///< with none
  std::vector<Choice> choices;          ///< what was looked at
  std::vector<std::string> reasons;  ///< why it is not all that the configuration allows, and other remarks
};

/// The cheapest of: no rule, STANDARD_IA, STANDARD_IA and GLACIER, as the days allow. GLACIER only when no
/// backup needs another and the newest never comes to lie there. Forced: all that the days allow. `now`: the
/// rule that is set.
JobPlan plan_job(const JobCase& job, const std::optional<MoveRule>& set, const Prices& prices, bool force,
                 WallNs now);

/// Objects up to so large never move: no manifest, which every run reads, and nothing that costs more
/// elsewhere. A power of two, so that a manifest that grows a little changes nothing.
std::int64_t size_filter(std::int64_t largest_manifest);

/// One rule of ours that comes, changes, goes, or stays.
struct RuleChange {
  enum class Kind { add, change, remove, same } kind = Kind::same;
  objects::LifecycleRule rule;
  std::string job;
  std::string why;  ///< of one that goes
};

/// A job that is not in the configuration any more, but has rules.
struct LeftJob {
  std::string name;
  bool others = false;  ///< another host's backups are there
};

/// The rules of ours that the bucket is to have, and what that changes.
struct RulePlan {
  std::vector<objects::LifecycleRule> wanted;
  std::vector<RuleChange> changes;  ///< those that stay, too
  bool changes_any() const;
  /// Whether a rule of the bucket gives way to `wanted`; every other one stays as it is.
  bool replaces(const objects::LifecycleRule& rule) const;
};

/// `jobs`: those that were planned. Rules of the store's other jobs stay as they are, but for those of
/// `left`, which go unless another host backs up there.
RulePlan plan_rules(const objects::LifecycleText& set, const std::string& prefix,
                    const std::vector<JobPlan>& jobs, const std::vector<LeftJob>& left);

}  // namespace steward::backup
