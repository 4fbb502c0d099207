#include "backup/postgres/target_database.hpp"

#include "backup/postgres/answers.hpp"
#include "backup/postgres/snapshot.hpp"
#include "config/database_url.hpp"

namespace steward::backup {

namespace {

/// A session on the server of `url`, on the database from which others are made and dropped.
Result<PostgresSession> maintenance(const config::DatabaseUrl& url, const PostgresOptions& options) {
  return PostgresSession::open(url.with_database("postgres"), options);
}

/// Why no session on it could be had is known; when that is because it is missing, it is made.
Result<bool> make_missing(const TargetRequest& request, const config::DatabaseUrl& url, const Error& why) {
  auto session = maintenance(url, request.postgres);
  if (!session) return fail(why, "cannot restore into {}", request.url);
  auto there =
      ask_number(*session, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_database WHERE datname = " +
                               quoted_text(url.database));
  if (!there || *there > 0) return fail(why, "cannot restore into {}", request.url);
  if (request.dry_run) return true;
  // Not template1, which may hold what the dump brings along.
  auto made = session->ask(fmt::format("CREATE DATABASE {} TEMPLATE template0{}{}", quoted_name(url.database),
                                       request.encoding.empty() ? "" : " ENCODING ",
                                       request.encoding.empty() ? "" : quoted_text(request.encoding)));
  if (!made) {
    return fail(
        Code::unavailable,
        "the database of {} is missing and cannot be made: {}; have it made and restore into it: createdb "
        "--template=template0{} --locale=C {}",
        request.url, made.error().message(),
        request.encoding.empty() ? "" : " --encoding=" + request.encoding, url.database);
  }
  return true;
}

Result<bool> has_mark(PostgresSession& session) {
  auto found = ask_number(
      session, fmt::format("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN "
                           "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{}' "
                           "AND c.relname IN ('contents', 'origin') AND c.relkind = 'r'",
                           kDrillSchema));
  if (!found) return std::unexpected(found.error());
  return *found == 2;
}

/// Of a database that was there before: everything that a dump can have brought. Its owner may do that.
std::string remove_everything(std::int64_t version) {
  constexpr int kOwnerRole = 140000;  // from here on public belongs to pg_database_owner
  return fmt::format(R"(DO $steward$
DECLARE each record;
BEGIN
  FOR each IN SELECT evtname AS name FROM pg_catalog.pg_event_trigger LOOP
    EXECUTE pg_catalog.format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', each.name);
  END LOOP;
  FOR each IN SELECT pubname AS name FROM pg_catalog.pg_publication LOOP
    EXECUTE pg_catalog.format('DROP PUBLICATION %I', each.name);
  END LOOP;
  FOR each IN SELECT extname AS name FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' LOOP
    EXECUTE pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', each.name);
  END LOOP;
  FOR each IN SELECT nspname AS name FROM pg_catalog.pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', each.name);
  END LOOP;
  PERFORM pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata;
  CREATE SCHEMA public{};
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $steward$)",
                     version >= kOwnerRole ? " AUTHORIZATION pg_database_owner" : "");
}

}  // namespace

std::string drill_mark(bool created) {
  return fmt::format(
      "CREATE SCHEMA {0}; CREATE TABLE {0}.origin AS SELECT {1} AS created; CREATE TABLE {0}.contents AS "
      "SELECT c.oid {2}",
      kDrillSchema, created, user_relations());
}

Result<bool> prepare_target(const TargetRequest& request) {
  const auto url = config::parse_database_url(request.url);
  if (!url) return std::unexpected(url.error());
  if (url->database.empty())
    return fail(Code::invalid, "{} names no database; write postgresql:///NAME", request.url);
  auto session = PostgresSession::open(request.url, request.postgres);
  if (!session) return make_missing(request, *url, session.error());
  auto found = count_relations(*session);
  if (!found) return fail(found.error(), "cannot look into {}", request.url);
  auto marked = has_mark(*session);
  if (!marked) return fail(marked.error(), "cannot look into {}", request.url);
  if (*marked && request.drill && !request.dry_run) {
    session = fail(Code::cancelled, "closed");  // else the database could not be dropped
    if (auto emptied = empty_drill_database(request.url, request.postgres); !emptied)
      return std::unexpected(emptied.error());
    return prepare_target(request);
  }
  if (*found == 0 || request.force) return false;
  return fail(
      Code::conflict,
      "{} is not empty, it has {} tables, views and sequences; restore into an empty or a new database, or "
      "insist (--force)",
      request.url, *found);
}

Status empty_drill_database(const std::string& url, const PostgresOptions& options) {
  auto session = PostgresSession::open(url, options);
  if (!session) return fail(session.error(), "cannot empty {}", url);
  auto marked = has_mark(*session);
  if (!marked) return fail(marked.error(), "cannot look into {}", url);
  if (!*marked) return fail(Code::denied, "{} was not filled by a drill, and is left alone", url);
  auto others = ask_number(
      *session, fmt::format("SELECT pg_catalog.count(*) {} AND c.oid NOT IN (SELECT oid FROM {}.contents)",
                            user_relations(), kDrillSchema));
  if (!others) return fail(others.error(), "cannot look into {}", url);
  if (*others > 0) {
    return fail(Code::conflict,
                "{} holds {} tables, views and sequences that no drill put there, and is left alone", url,
                *others);
  }
  auto created = ask_number(*session, fmt::format("SELECT created::int FROM {}.origin", kDrillSchema));
  if (!created) return fail(created.error(), "cannot look into {}", url);
  if (*created == 1) {
    session = fail(Code::cancelled, "closed");
    return drop_database(url, options);
  }
  auto version = ask_number(*session, "SELECT pg_catalog.current_setting('server_version_num')");
  if (!version) return fail(version.error(), "cannot look into {}", url);
  if (auto emptied = session->ask(remove_everything(*version)); !emptied)
    return fail(emptied.error(), "cannot empty {}", url);
  return {};
}

Status drop_database(const std::string& url, const PostgresOptions& options) {
  const auto parsed = config::parse_database_url(url);
  if (!parsed) return std::unexpected(parsed.error());
  auto session = maintenance(*parsed, options);
  if (!session) return fail(session.error(), "cannot drop {}", url);
  if (auto gone = session->ask("DROP DATABASE " + quoted_name(parsed->database)); !gone)
    return fail(gone.error(), "cannot drop {}", url);
  return {};
}

}  // namespace steward::backup
