#pragma once

#include "backup/lifecycle/plan.hpp"
#include "objects/s3/lifecycle.hpp"

namespace steward::backup {

/// How long what was set may take to be seen: S3 promises no moment.
struct ReadBack {
  std::int64_t deadline_ns = 60 * kSecond;
  std::int64_t settle_ns =
      5 * kSecond;  ///< other rules than the former ones and those given, for so long, are what it keeps
  std::int64_t pause_ns = kSecond / 10;  ///< between two looks at first; doubles, to 2 seconds at most
};

/// Makes the bucket's rules those of the plan, which was made of `seen`, and reads them back until they are
/// there. Nothing is done when nothing changes. Code::conflict, and nothing is done, when somebody changed
/// them since. Code::corrupt when the store keeps something else, with both as rules: then the former rules
/// are put back, if no rule of others differs. Code::timeout when it still shows the former ones.
Status apply_rules(objects::BucketLifecycle& bucket, const objects::LifecycleText& seen, const RulePlan& plan,
                   const ReadBack& patience = {});

}  // namespace steward::backup
