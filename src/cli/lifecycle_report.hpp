#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backup/lifecycle/plan.hpp"

namespace steward::cli {

/// What `steward backup lifecycle plan` shows, and `apply` does. A plain value.
struct LifecyclePlan {
  std::string place;  ///< "s3://bucket/prefix"
  std::string region;
  backup::Prices prices;
  std::vector<backup::JobPlan> jobs;
  backup::Bill before, after;  ///< of all of them
  backup::RulePlan rules;
  std::vector<std::string> warnings;
};

std::string lifecycle_text(const LifecyclePlan& plan, bool colour);
std::string lifecycle_json(const LifecyclePlan& plan, bool applied);

/// One a line, in yellow on a terminal.
std::string warnings_text(const std::vector<std::string>& warnings, bool colour);

}  // namespace steward::cli
