#pragma once

#include <set>
#include <string>
#include <vector>

#include "backup/archive_writer.hpp"
#include "backup/manifest/manifest.hpp"
#include "backup/postgres/session.hpp"

namespace steward::backup {

/// Where dumps lie among the files of a backup.
inline constexpr std::string_view kDatabases = "databases/";

/// What is to be dumped, and how.
struct DumpRequest {
  std::string url;
  bool plain = false;  ///< SQL text in place of pg_dump's custom format
  bool row_counts = true;
  PostgresOptions postgres;
};

/// What a dump adds to its backup.
struct StoredDump {
  Entry entry;
  Archive archive;
  Database database;
  std::vector<std::string> notes;
};

/// pg_dump of the server's version, from a snapshot of one moment, into an archive of its own in `folder` of
/// the store: `NAME.dump.zst` or `NAME.sql.zst`, where NAME is the database's, made unlike those in `taken`,
/// to which it is added. Nothing is kept on a disk of ours. Rows are counted in the same snapshot. Fails, and
/// stores nothing, when pg_dump does not end well, whatever it wrote by then; also when it waits for a lock
/// for a minute, or is silent for options.silence. Blocks.
Result<StoredDump> store_dump(const DumpRequest& request, objects::ObjectStore& store,
                              const std::string& folder, ArchiveOptions options, const Clock& clock,
                              std::set<std::string>& taken);

}  // namespace steward::backup
