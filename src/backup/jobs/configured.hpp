#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/backup.hpp"
#include "backup/retention.hpp"
#include "backup/ship/shipper.hpp"
#include "config/settings.hpp"
#include "objects/open_store.hpp"
#include "objects/s3/lifecycle.hpp"

namespace steward::backup {

/// How a store is opened, besides what [objects] says; as the fields of objects::StoreOptions.
struct Opening {
  bool read_only = false, existing = false;
  std::int64_t deadline_ns = 5 * 60 * kSecond;
  std::stop_token stop = {};
};

/// The store of [objects].
Result<std::unique_ptr<objects::ObjectStore>> open_configured(const config::Objects& objects,
                                                              const Opening& opening);

/// The lifecycle rules of its bucket.
Result<std::unique_ptr<objects::BucketLifecycle>> open_configured_lifecycle(const config::Objects& objects);

/// One [[backup]] of `settings` as the job to run. Makes the host's drill key when the job is for it and
/// there is none.
Result<Job> job_of(const config::Backup& backup, const config::Settings& settings);
/// What its sources mean on this machine.
std::vector<Source> sources_of(const config::Backup& backup, const config::Settings& settings);
/// Whether none of its backups needs an older one: databases are copied whole.
bool stands_alone(const config::Backup& backup, const config::Settings& settings);
/// Who can read what the job writes. Makes the drill key, too.
Result<std::vector<Recipient>> recipients_of(const config::Backup& backup, const config::Settings& settings);
/// What is shipped of the job's journals between two backups.
Result<ShipJob> ship_job_of(const config::Backup& backup, const config::Settings& settings);
/// What of the job's journals is not in the store now, also while no agent lives: a look at them against what
/// the last shipper left. In `behind_since` up to a minute too early.
ShipFacts unshipped(const config::Backup& backup, const config::Settings& settings, const Clock& clock);
Keep keep_of(const config::KeepBackups& keep);

/// Whose backups those of this machine are: [objects] host, else its name.
std::string host_of(const config::Settings& settings);
std::string host_name();

/// In which store, and whose, the backups are: what is known of those in another one says nothing.
std::string place_of(const config::Settings& settings);

/// `STATE/backup`, where facts, locks, scratch copies and the drill key lie.
std::string work_folder(const std::string& state);
/// The secret key that lets this host rehearse restores of its encrypted backups.
std::string drill_key_path(const std::string& state);

}  // namespace steward::backup
