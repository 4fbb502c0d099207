#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backup/manifest/manifest.hpp"
#include "backup/meter.hpp"
#include "backup/postgres/session.hpp"
#include "backup/stages/compress.hpp"
#include "backup/stages/keys.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

enum class SourceKind {
  files,     ///< files and folders, shell patterns too
  journals,  ///< as files, but of files that only grow
  sqlite,    ///< databases, copied by SQLite's backup API
  postgres,  ///< a database, dumped by pg_dump; `path` is its URL
};

struct Source {
  SourceKind kind = SourceKind::files;
  std::string path;  ///< absolute; may be a shell pattern
  std::vector<std::string> excludes;
  bool optional = false;   ///< nothing of it may be there
  std::string copy;        ///< of a database: a consistent copy of it that was made already
  bool plain = false;      ///< of PostgreSQL: SQL text, not pg_dump's custom format
  bool row_counts = true;  ///< of PostgreSQL
};

/// What is backed up, and how.
struct Job {
  std::string name;
  std::vector<Source> sources;
  Compression compression = Compression::zstd;
  std::vector<Recipient> recipients;  ///< none: not encrypted
  bool full = false;                  ///< take every file again, changed or not
  std::int64_t bytes_a_second = 0;    ///< into the store; 0: no limit
  std::string storage_class;          ///< of archives; empty: the store's usual one
  std::vector<SourceNote> origin;     ///< what else the manifest says of where its files are from
  std::vector<std::string> notes;     ///< what is known beforehand: what is left out, and why
};

/// What a backup runs in.
struct Environment {
  const Clock* clock = nullptr;
  std::string host;     ///< whose backups these are; they alone are compared with and removed
  std::string after;    ///< a time_name() than which the backup's is later, whatever the clock says
  std::string scratch;  ///< a folder for the copy of one SQLite database at a time
  bool low_priority = true;
  PostgresOptions postgres;
  std::stop_token stop;
  Meter* meter = nullptr;  ///< who watches; begun by the caller
};

struct BackupReport {
  std::string time;
  std::string parent;
  std::int64_t files = 0;         ///< all of them
  std::int64_t files_stored = 0;  ///< new or changed, in this backup's archive
  std::int64_t bytes = 0;         ///< of all files
  std::int64_t bytes_stored = 0;  ///< in the store, manifest included
  std::vector<std::string> notes;
  /// URL and place in the write-ahead log of each database, where that may be known.
  std::vector<std::pair<std::string, std::string>> wal;
};

/// A backup becomes full when it would need more than so many others.
inline constexpr std::size_t kMostNeeds = 30;

/// Runs one backup of the job; the caller sees to it that no other of it runs, and calls on a thread of its
/// own, the priority of which is lowered for good. It counts only when this succeeds: the manifest is written
/// last. Whatever happens, earlier backups stay as they are. Errors name the source or the object.
Result<BackupReport> run_backup(const Job& job, objects::ObjectStore& store, const Environment& environment);

}  // namespace steward::backup
