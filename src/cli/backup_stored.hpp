#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "objects/object_store.hpp"

namespace steward::cli {

/// `steward backup list` of one job: what of it lies in the store.
Status list_backups(const std::string& job, objects::ObjectStore& store, const Options& options);

/// `steward backup verify` of one job: its newest backup, or those that the options mean.
Status verify_backups(const std::string& job, objects::ObjectStore& store, const Options& options);

}  // namespace steward::cli
