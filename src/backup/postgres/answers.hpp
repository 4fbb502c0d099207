#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/manifest.hpp"

namespace steward::backup {

/// What a server says of itself and of one moment of a database.
struct ServerFacts {
  std::int64_t version = 0;  ///< server_version_num, such as 150014
  std::string database;
  std::string encoding;
  std::string snapshot;  ///< pg_export_snapshot(); empty when none was asked for
  std::string wal_lsn;   ///< empty: not allowed to know
  std::int64_t large_objects = 0;
};

/// The major version: 15 of 150014, and of what was before 10 the second number too: 906 of 90603.
int major_of(std::int64_t version);
/// "15", "9.6".
std::string major_text(int major);
/// Of "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": 15; 0 when it says something else.
int major_of_tool(std::string_view version_line);

// psql's answers, unaligned and without headers. Bounded; Code::corrupt for what is not one.
Result<std::int64_t> parse_number(std::string_view answer);
/// Fields in hex, with '|' between: version, database, encoding, snapshot, wal_lsn, large objects.
Result<ServerFacts> parse_server_facts(std::string_view answer);
/// The number of tables, then a line of schema|table|rows in hex for each, in the order of the lines.
/// Code::invalid for more than `most`, Code::unavailable when some were not counted.
Result<std::vector<TableRows>> parse_row_counts(std::string_view answer, std::size_t most);

/// As an SQL identifier and as an SQL literal.
std::string quoted_name(std::string_view name);
std::string quoted_text(std::string_view text);

/// The first lines of what a program complained of, as one line of at most 600 bytes, without passwords: what
/// follows the word "password", and `secret` wherever it stands.
std::string told_by(std::string_view said, std::string_view secret);

}  // namespace steward::backup
