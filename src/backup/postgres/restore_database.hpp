#pragma once

#include <string>
#include <vector>

#include "backup/postgres/session.hpp"
#include "backup/postgres/target_database.hpp"
#include "backup/stages/keys.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct DatabaseRestoreOptions {
  std::string to;      ///< URL of the database
  std::string only;    ///< which dump, when the backup has several: a database's name or the path of its dump
  bool force = false;  ///< into a database that is not empty: what the dump has is dropped there first
  bool drill = false;  ///< leaves a mark by which empty_drill_database() knows the database
  bool dry_run = false;  ///< look, and change nothing
  PostgresOptions postgres;
};

struct DatabaseRestoreReport {
  std::string time;
  std::string dump;      ///< its path in the backup
  bool created = false;  ///< the database was missing
  std::int64_t bytes = 0, tables = 0, rows = 0;
  bool counted = false;                  ///< rows were compared with those of the backup
  std::vector<std::string> differences;  ///< tables whose rows are not those of the backup
  std::int64_t others = 0;               ///< files and dumps of the backup that were not asked for
};

/// Restores one dump of a backup into a database, which is made when it is missing and must else be empty.
/// All of it is one transaction, and that is committed when every hash of the archive was right and not
/// before: whatever fails, the database is as it was. (A plain dump with large objects has transactions of
/// its own: its hashes are verified in a reading beforehand.) Owners and grants of a custom dump are left
/// out: all belongs to the user who restores. The rows are counted and compared before the commit, which they
/// do not stop. Blocks.
Result<DatabaseRestoreReport> restore_database(objects::ObjectStore& store, const std::string& job,
                                               const std::string& time,
                                               const std::vector<Identity>& identities,
                                               const DatabaseRestoreOptions& options);

}  // namespace steward::backup
