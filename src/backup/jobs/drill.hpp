#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/meter.hpp"
#include "config/settings.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct DrillReport {
  std::string time;      ///< of the backup that was rehearsed
  bool proved = false;   ///< its content was restored and is right
  std::string unproved;  ///< why not, and how to change it; empty when it is proved
  std::int64_t files = 0, bytes = 0, rows = 0, took_ns = 0;
  std::vector<std::string> notes;  ///< what else a person should know, a sentence each
};

/// Rehearses the restore of the job's newest backup of this host, under the job's lock: into an empty folder
/// `STATE/backup/drill-NAME`, which is removed afterwards, and its databases into `drill.to`, which is
/// emptied again. Every hash and count is compared, SQLite databases are checked, the user's command has its
/// say. A twentieth of the disk stays free. Without a key that opens the content only the ciphertext is
/// verified: that is no failure, and no proof. The job's facts say what came of it, but not of a store
/// `elsewhere` than the configuration has it. `meter`: who watches. Blocks, at the lowest priority; ends
/// after `drill.timeout`.
Result<DrillReport> run_drill(const config::Settings& settings, const config::Backup& backup,
                              objects::ObjectStore& store, Meter* meter = nullptr, bool elsewhere = false);

}  // namespace steward::backup
