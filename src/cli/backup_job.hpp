#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backup/jobs/configured.hpp"
#include "cli/command.hpp"

namespace steward::cli {

/// The configuration and those of its jobs that are meant: the one named, or all.
struct ChosenJobs {
  config::Settings settings;
  std::vector<const config::Backup*> jobs;
};
/// Code::not_found when there is none; without a name `may_be_none` permits that.
Result<ChosenJobs> jobs_of(const Options& options, bool may_be_none = false);

/// Where the backups are: --store, else the configuration's; what --endpoint, --region and --profile say goes
/// before what the configuration says.
Result<config::Objects> objects_of(const Options& options, const config::Settings* settings);

/// The store there. To read it makes nothing: a folder that is missing is Code::not_found.
enum class Access { read, write };
Result<std::unique_ptr<objects::ObjectStore>> open_store(const config::Objects& objects, Access access);

/// The secret keys of --key.
Result<std::vector<backup::Identity>> keys_of(const Options& options);

/// What --at says, as a time_name() or the beginning of one; empty without it.
Result<std::string> until_of(const Options& options);

/// The newest backup, or the newest that is not younger than --at: a time, or the name of a backup.
Result<std::string> time_of(objects::ObjectStore& store, const std::string& job, const Options& options);

/// `steward restore JOB --to postgresql://…`; its exit code.
int restore_into_database(const Options& options, objects::ObjectStore& store, const std::string& time,
                          const std::vector<backup::Identity>& keys);

}  // namespace steward::cli
