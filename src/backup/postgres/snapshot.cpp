#include "backup/postgres/snapshot.hpp"

#include <algorithm>

namespace steward::backup {

namespace {

/// Of a query on pg_class c and pg_namespace n: what users made, as pg_dump sees it.
std::string of_users(std::string_view kinds) {
  return fmt::format(
      "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE c.relkind IN ({}) AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' "
      "AND n.nspname NOT IN ('information_schema', '{}') AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend "
      "d "
      "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')",
      kinds, kDrillSchema);
}

std::string in_hex(std::string_view expression) {
  return fmt::format("pg_catalog.encode(pg_catalog.convert_to(({})::text, 'UTF8'), 'hex')", expression);
}

constexpr std::string_view kLsn =
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
    "ELSE pg_catalog.pg_current_wal_lsn() END";

bool is_lsn(std::string_view text) {
  return !text.empty() && text.size() <= 17 && std::ranges::count(text, '/') == 1 &&
         text.find_first_not_of("0123456789ABCDEFabcdef/") == std::string_view::npos;
}

}  // namespace

Result<std::int64_t> ask_number(PostgresSession& session, const std::string& sql) {
  auto answer = session.ask(sql);
  if (!answer) return std::unexpected(answer.error());
  return parse_number(*answer);
}

std::string user_relations() {
  return of_users("'r', 'p', 'v', 'm', 'S', 'f'");
}

Result<ServerFacts> begin_snapshot(PostgresSession& session) {
  constexpr int kWalFunctions = 100000;  // renamed in 10
  auto version = ask_number(session, "SELECT pg_catalog.current_setting('server_version_num')");
  if (!version) return std::unexpected(version.error());
  std::string lsn = "''";
  if (*version >= kWalFunctions) {
    auto allowed = ask_number(
        session,
        "SELECT (pg_catalog.has_function_privilege('pg_catalog.pg_current_wal_lsn()', 'execute') AND "
        "pg_catalog.has_function_privilege('pg_catalog.pg_last_wal_replay_lsn()', 'execute'))::int");
    if (!allowed) return std::unexpected(allowed.error());
    if (*allowed == 1) lsn = fmt::format("coalesce(({})::text, '')", kLsn);
  }
  std::string fields;
  for (const std::string& field :
       {std::string("pg_catalog.current_setting('server_version_num')"),
        std::string("pg_catalog.current_database()"),
        std::string("pg_catalog.current_setting('server_encoding')"),
        std::string("pg_catalog.pg_export_snapshot()"), lsn,
        std::string("SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata")})
    fields += (fields.empty() ? "" : " || '|' || ") + in_hex(field);
  // Counting keeps one processor of the server at most; unknown before 9.6.
  auto answer = session.ask(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT " + fields +
      " FROM (SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name = "
      "'max_parallel_workers_per_gather') s");
  if (!answer) return std::unexpected(answer.error());
  return parse_server_facts(*answer);
}

Status begin_row_count(PostgresSession& session) {
  const std::string count = "SELECT pg_catalog.count(*) " + of_users("'r'");
  const std::string each = fmt::format(
      "pg_catalog.format($steward$SELECT '%s|%s|' || {} FROM ONLY %I.%I$steward$, {}, {}, n.nspname, "
      "c.relname)",
      in_hex("pg_catalog.count(*)"), in_hex("n.nspname"), in_hex("c.relname"));
  // psql runs what the second query answers.
  return session.begin(
      fmt::format("{0};\nSELECT {1} {2} AND ({0}) <= {3} ORDER BY n.nspname::text COLLATE "
                  "\"C\", c.relname::text COLLATE \"C\" \\gexec\n",
                  count, each, of_users("'r'"), kMostTables));
}

Result<std::vector<TableRows>> end_row_count(PostgresSession& session) {
  auto answer = session.answer();
  if (!answer) return std::unexpected(answer.error());
  auto tables = parse_row_counts(*answer, kMostTables);
  if (tables || tables.error().code() != Code::unavailable) return tables;
  return fail(tables.error(), "{}", session.complaint());
}

Result<std::int64_t> count_relations(PostgresSession& session) {
  return ask_number(session, "SELECT pg_catalog.count(*) " + user_relations());
}

Result<std::int64_t> wal_bytes_since(const std::string& url, const std::string& lsn,
                                     PostgresOptions options) {
  if (!is_lsn(lsn))
    return fail(Code::invalid, "'{}' is no place in a write-ahead log, such as 0/15D4B28", lsn);
  options.patience = std::min(options.patience, 10 * kSecond);
  auto session = PostgresSession::open(url, options);
  if (!session) return fail(session.error(), "cannot ask {}", url);
  auto bytes = ask_number(*session,
                          fmt::format("SELECT greatest(pg_catalog.pg_wal_lsn_diff({}, '{}'), 0)", kLsn, lsn));
  if (!bytes) return fail(bytes.error(), "cannot ask {}", url);
  return *bytes;
}

}  // namespace steward::backup
