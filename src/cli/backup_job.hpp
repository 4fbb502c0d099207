#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backup/jobs.hpp"
#include "cli/command.hpp"

namespace steward::cli {

/// The store of --store, else the configuration's.
Result<std::unique_ptr<objects::ObjectStore>> store_of(const Options& options,
                                                       const config::Settings* settings);

/// The secret keys of --key.
Result<std::vector<backup::Identity>> keys_of(const Options& options);

/// What --at says, as a time_name() or the beginning of one; empty without it.
Result<std::string> until_of(const Options& options);

/// The newest backup, or that of --at.
Result<std::string> time_of(objects::ObjectStore& store, const std::string& job, const Options& options);

}  // namespace steward::cli
