#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/postgres/answers.hpp"
#include "backup/postgres/session.hpp"

namespace steward::backup {

/// Where a drill leaves its mark (scratch.hpp); no user table.
inline constexpr std::string_view kDrillSchema = "steward_drill";

/// Begins a transaction that sees one moment of the database, and exports that moment for pg_dump --snapshot;
/// it lasts as long as the session.
Result<ServerFacts> begin_snapshot(PostgresSession& session);

/// Lets the server count the rows of each user table, those of extensions and temporary ones left out, as
/// pg_dump does. The session is busy with that until end_row_count(); its caller need not wait.
Status begin_row_count(PostgresSession& session);
/// Sorted by schema and table. Code::invalid for more than kMostTables.
Result<std::vector<TableRows>> end_row_count(PostgresSession& session);

/// The FROM and WHERE of a query on what pg_dump would dump: tables, views and sequences (c: pg_class, n:
/// pg_namespace), those of extensions and of a drill's mark left out.
std::string user_relations();

/// One number; Code::corrupt when the answer is none.
Result<std::int64_t> ask_number(PostgresSession& session, const std::string& sql);

/// How many of what pg_dump would dump are there: tables, views, sequences of users.
Result<std::int64_t> count_relations(PostgresSession& session);

/// Bytes of write-ahead log that the server has written since `lsn` (of a manifest): what a loss of it would
/// cost. At most 10 s.
Result<std::int64_t> wal_bytes_since(const std::string& url, const std::string& lsn,
                                     PostgresOptions options = {});

}  // namespace steward::backup
