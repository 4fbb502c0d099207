#pragma once

#include "backup/lifecycle/plan.hpp"
#include "config/settings.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// Looks at a job's configuration and at what of it lies in the store: one listing, and every manifest is
/// read. Blocks. Errors as the store's.
Result<JobCase> study_job(const config::Backup& backup, const config::Settings& settings,
                          objects::ObjectStore& store);

/// Of the jobs that have rules of ours, those that are not in the configuration.
Result<std::vector<LeftJob>> left_jobs(const objects::LifecycleText& set, const std::string& prefix,
                                       const config::Settings& settings, objects::ObjectStore& store);

/// The user's prices, else Amazon's of that region; the error says how to give some.
Result<Prices> prices_for(const config::Objects& objects, const std::string& region);

}  // namespace steward::backup
