#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backup/stages/keys.hpp"
#include "base/clock.hpp"

namespace steward::backup {

enum class EntryType { file, folder, link };

/// One file, folder or symbolic link of a backup (docs/formats/backup.md).
struct Entry {
  std::string path;  ///< without leading '/', as in the archive; any bytes but NUL
  EntryType type = EntryType::file;
  std::int64_t size = 0;
  mode_t mode = 0;  ///< permission bits
  WallNs mtime = 0;
  WallNs ctime = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string sha256;    ///< of a file, hex
  std::string target;    ///< of a link
  std::string in;        ///< the backup that has the content; empty: this one
  std::string archive;   ///< of a dump: the object that is its content and nothing else; empty: in the tar
  bool changed = false;  ///< written to while it was read
  bool operator==(const Entry&) const = default;
};

struct Archive {
  std::string name;
  std::int64_t size = 0;      ///< of the object
  std::int64_t tar_size = 0;  ///< neither compressed nor encrypted
  std::string sha256;
  std::string plain_sha256;  ///< before encryption
  bool operator==(const Archive&) const = default;
};

struct SourceNote {
  std::string kind;
  std::string path;
  bool operator==(const SourceNote&) const = default;
};

struct TableRows {
  std::string schema;
  std::string table;
  std::int64_t rows = 0;
  bool operator==(const TableRows&) const = default;
};

/// What is known of a database at the moment of its dump.
struct Database {
  std::string path;    ///< of the dump, among `files`
  std::string source;  ///< its URL
  std::string name;
  std::int64_t server_version = 0;  ///< server_version_num, such as 150014
  int pg_dump = 0;                  ///< its major version; as backup/postgres/answers.hpp counts
  std::string encoding;
  std::string wal_lsn;  ///< empty: it may not be known
  std::int64_t large_objects = 0;
  bool plain = false;
  bool counted = false;           ///< `tables` is all of them
  std::vector<TableRows> tables;  ///< sorted
  bool operator==(const Database&) const = default;
};

/// What a backup is, but for its files: the first line of manifest.json, the last thing that is written of
/// one. The files are a FileList (file_list.hpp); manifest_stream.hpp writes and reads both.
struct Manifest {
  std::string job;
  std::string time;    ///< its folder, time_name() of `started`, or later (time_after())
  std::string parent;  ///< the backup it was compared with; empty: full
  std::string host;
  WallNs started = 0;
  WallNs finished = 0;
  std::vector<std::pair<std::string, std::string>> tools;
  std::vector<SourceNote> sources;
  std::vector<Archive> archives;
  std::vector<SealedKey> recipients;
  std::vector<std::string> notes;
  std::vector<Database> databases;
  std::vector<std::string> needs;  ///< the other backups whose archives hold content of this one, sorted
  std::int64_t entries = 0;        ///< files, folders and links

  bool encrypted() const { return !recipients.empty(); }
};

inline constexpr std::string_view kManifestName = "manifest.json";
/// Bytes of its first line.
inline constexpr std::size_t kLongestHead = 16 << 20;
/// Of the line of one file.
inline constexpr std::size_t kLongestEntry = 64 << 10;
/// What a restore calls a file in the folder where it will be, before it has its name: no backup holds such.
inline constexpr const char* kRestorePart = ".steward-restore.part";
/// Of a path or the target of a link, in bytes.
inline constexpr std::size_t kLongestPath = 4095;
/// Of one database; of more than that the rows are not counted.
inline constexpr std::size_t kMostTables = 20'000;

/// "20261125T031500.123Z". Sorted as texts they are sorted in time.
std::string time_name(WallNs wall);
bool is_time_name(std::string_view name);
/// The moment of a time_name(); 0 for what is none.
WallNs wall_of_time_name(std::string_view name);
/// The moment's name, but later than `after` (empty: no matter): what comes later sorts later, also when the
/// clock was set back.
std::string time_after(std::string_view after, WallNs wall);
bool is_job_name(std::string_view name);
/// JOB/TIME/NAME.
std::string key_of(std::string_view job, std::string_view time, std::string_view name);
/// Whether a restore may make a file of this path: relative, without "", "." and ".." as a part, at most
/// 4,095 bytes in parts of at most 255.
bool is_safe_path(std::string_view path);

/// The first line of manifest.json, sealed with its own SHA-256; with its newline.
std::string format_head(const Manifest& manifest);
/// The line of one file, without comma and newline.
std::string format_entry(const Entry& entry);

/// Both read what may have been made by anybody: bounded, every path safe, every number in range, every hash
/// a hash. Code::corrupt says what is wrong with it.
Result<Manifest> parse_head(std::string_view line);
Result<Entry> parse_entry(std::string_view line);

}  // namespace steward::backup
