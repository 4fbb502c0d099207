#pragma once

#include <string>

#include "backup/postgres/session.hpp"

namespace steward::backup {

/// What becomes of a database that a dump is to be restored into.
struct TargetRequest {
  std::string url;       ///< names its database
  std::string encoding;  ///< of one that has to be made
  bool force = false;    ///< it may hold tables
  bool drill = false;    ///< what an earlier drill left in it is removed
  bool dry_run = false;  ///< nothing is made or removed
  PostgresOptions postgres;
};

/// Sees to it that the database is there and empty, and tells whether it had to be made (dry run: would have
/// to). Code::conflict when it holds tables, views or sequences, and `force` is not given.
Result<bool> prepare_target(const TargetRequest& request);

/// SQL that leaves a drill's mark, for the end of the transaction that filled the database.
std::string drill_mark(bool created);

/// Undoes a drill's restore: drops the database when the drill made it, else drops what is in it.
/// Code::denied when no drill has filled it, Code::conflict when it holds tables that the drill did not put
/// there: then nothing is touched.
Status empty_drill_database(const std::string& url, const PostgresOptions& options = {});

/// For a database that prepare_target() has just made and that could not be filled.
Status drop_database(const std::string& url, const PostgresOptions& options);

}  // namespace steward::backup
