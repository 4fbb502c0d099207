#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backup/backup.hpp"
#include "backup/retention.hpp"
#include "cli/command.hpp"
#include "config/settings.hpp"
#include "objects/open_store.hpp"

namespace steward::cli {

/// The configuration's word for a backup as the job to run.
Result<backup::Job> job_of(const config::Backup& backup, const std::string& state);
backup::Keep keep_of(const config::KeepBackups& keep);

/// The store of --store, else the configuration's.
Result<std::unique_ptr<objects::ObjectStore>> store_of(const Options& options,
                                                       const config::Settings* settings);

/// The secret keys of --key.
Result<std::vector<backup::Identity>> keys_of(const Options& options);

/// The newest backup, or that of --at.
Result<std::string> time_of(objects::ObjectStore& store, const std::string& job, const Options& options);

}  // namespace steward::cli
