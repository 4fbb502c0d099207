#include "backup/postgres/restore_database.hpp"

#include <algorithm>

#include "backup/postgres/script_feed.hpp"
#include "backup/postgres/snapshot.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/metered_taker.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kMostDifferences = 20;
// "Populating a Database", PostgreSQL's manual: indexes are sorted in it, and 64 MB are the usual.
constexpr std::string_view kRoomForIndexes =
    "SELECT pg_catalog.set_config(name, '256MB', false) FROM pg_catalog.pg_settings "
    "WHERE name = 'maintenance_work_mem' AND setting::int < 262144";

/// Reads a dump to its end, and gives it to a feed as long as that takes it.
class TakeDump final : public FileTaker {
 public:
  explicit TakeDump(ScriptFeed* feed) : feed_(feed) {}
  Result<bool> begin(const Entry&) override { return true; }
  Status data(std::int64_t, std::string_view bytes) override {
    if (feed_ == nullptr || !fed_) return {};
    fed_ = feed_->write(bytes);
    // A complaint may be due to a damaged archive: that is found out by reading on, and is what is told then.
    return fed_ || fed_.error().code() == Code::unavailable ? Status{} : fed_;
  }
  Status end(const Entry&) override { return {}; }
  const Status& fed() const { return fed_; }

 private:
  ScriptFeed* feed_;
  Status fed_;
};

class DatabaseRestore {
 public:
  DatabaseRestore(objects::ObjectStore& store, OpenedBackup backup, const DatabaseRestoreOptions& options)
      : store_(store), backup_(std::move(backup)), options_(options) {}

  Result<DatabaseRestoreReport> run() {
    if (auto chosen = choose(); !chosen) return std::unexpected(chosen.error());
    if (dump_.plain && options_.force) {
      return fail(Code::invalid,
                  "a plain dump cannot replace what {} holds: it does not say what to drop; restore it into "
                  "an empty or a "
                  "new database",
                  options_.to);
    }
    TargetRequest target{options_.to,    dump_.encoding,   options_.force,
                         options_.drill, options_.dry_run, options_.postgres};
    auto created = prepare_target(target);
    if (!created) return std::unexpected(created.error());
    report_.created = *created;
    if (options_.dry_run) return std::move(report_);
    if (auto filled = fill(); !filled) {
      // What was there before is as it was; what was not there goes.
      if (report_.created) static_cast<void>(drop_database(options_.to, options_.postgres));
      return fail(filled.error(), "nothing was restored into {}{}", options_.to, remedy(filled.error()));
    }
    if (!compared_) {
      return fail(compared_.error(), "{} is restored, every hash is right, but its rows cannot be counted",
                  options_.to);
    }
    return std::move(report_);
  }

 private:
  Status choose();
  Status fill();
  Status compare(PostgresSession& session);
  std::string remedy(const Error& error) const;

  objects::ObjectStore& store_;
  OpenedBackup backup_;
  const DatabaseRestoreOptions& options_;
  Database dump_;
  DatabaseRestoreReport report_;
  Status compared_;
};

std::string DatabaseRestore::remedy(const Error& error) const {
  if (dump_.plain && error.text().find("role \"") != std::string::npos) {
    return " (a plain dump names the owners of its tables: make these roles first, with CREATE ROLE; dumps "
           "of "
           "format = \"custom\" need none)";
  }
  if (options_.force && !report_.created)
    return ", which is as it was (in a new database nothing is in the dump's way)";
  return "";
}

/// Leaves in the manifest the one dump that is meant, so that nothing else is read.
Status DatabaseRestore::choose() {
  Manifest& manifest = backup_.manifest;
  std::string names;
  std::vector<Database> fit;
  for (const Database& each : manifest.databases) {
    names += (names.empty() ? "" : ", ") + each.path;
    if (options_.only.empty() || options_.only == each.path || options_.only == each.name)
      fit.push_back(each);
  }
  if (fit.empty()) {
    return fail(Code::not_found, "the backup {} holds {}{}", manifest.time,
                names.empty() ? "no database; restore it into a folder" : "these databases only: ", names);
  }
  if (fit.size() > 1)
    return fail(Code::invalid, "the backup {} holds several databases; name one (--only): {}", manifest.time,
                names);
  dump_ = std::move(fit.front());
  auto found = backup_.files.find(dump_.path);
  if (!found) return std::unexpected(found.error());
  const auto& entry = *found;
  if (!entry || entry->archive.empty())
    return fail(Code::corrupt, "the backup {} does not hold {}", manifest.time, dump_.path);
  report_.time = manifest.time;
  report_.dump = dump_.path;
  report_.bytes = entry->size;
  report_.others = -1;
  auto counted = backup_.files.each([&](const Entry& each) -> Status {
    report_.others += each.type == EntryType::file ? 1 : 0;
    return {};
  });
  if (!counted) return counted;
  std::erase_if(manifest.archives, [&](const Archive& archive) { return archive.name != entry->archive; });
  backup_.files = FileList();
  return backup_.files.add(*entry);
}

Status DatabaseRestore::fill() {
  if (dump_.plain && dump_.large_objects > 0) {
    TakeDump nothing(nullptr);
    if (auto read = read_archives(store_, backup_, nothing, options_.postgres.stop); !read) return read;
  }
  auto session = PostgresSession::open(options_.to, options_.postgres);
  if (!session) return std::unexpected(session.error());
  if (auto set = session->ask(std::string(kRoomForIndexes)); !set) return std::unexpected(set.error());
  auto feed = ScriptFeed::begin(*session, dump_, options_.force, options_.postgres);
  if (!feed) return std::unexpected(feed.error());
  TakeDump taker(feed->get());
  begin(options_.postgres.meter, "loading " + dump_.name, report_.bytes);
  MeteredTaker metered(taker, options_.postgres.meter);
  if (auto read = read_archives(store_, backup_, metered, options_.postgres.stop); !read) return read;
  if (!taker.fed()) return taker.fed();
  if (auto ended = (*feed)->finish(); !ended) return ended;
  begin(options_.postgres.meter, "counting the rows of " + dump_.name);
  compared_ = compare(*session);
  return (*feed)->commit(options_.drill ? drill_mark(report_.created) : "");
}

/// Before the commit: counting rows that are committed already would write to each of their pages once more.
Status DatabaseRestore::compare(PostgresSession& session) {
  if (!dump_.counted) return {};
  if (auto set = session.fail_at_errors(false); !set) return set;
  if (auto begun = begin_row_count(session); !begun) return begun;
  auto tables = end_row_count(session);
  if (auto set = session.fail_at_errors(true); !set) return set;
  if (!tables) return std::unexpected(tables.error());
  report_.counted = true;
  for (const TableRows& before : dump_.tables) {
    const auto now = std::ranges::find_if(*tables, [&](const TableRows& each) {
      return each.schema == before.schema && each.table == before.table;
    });
    const std::int64_t rows = now == tables->end() ? -1 : now->rows;
    ++report_.tables;
    report_.rows += std::max<std::int64_t>(rows, 0);
    if (rows == before.rows || report_.differences.size() == kMostDifferences) continue;
    report_.differences.push_back(fmt::format("{}.{} has {} rows, the backup {}", before.schema, before.table,
                                              rows < 0 ? "no" : fmt::format("{}", rows), before.rows));
  }
  return {};
}

}  // namespace

Result<DatabaseRestoreReport> restore_database(objects::ObjectStore& store, const std::string& job,
                                               const std::string& time,
                                               const std::vector<Identity>& identities,
                                               const DatabaseRestoreOptions& options) {
  auto opened = open_readable(store, job, time, identities, true);
  if (!opened) return std::unexpected(opened.error());
  if (auto there = check_fetched(store, job, {time}); !there) return std::unexpected(there.error());
  return DatabaseRestore(store, std::move(*opened), options).run();
}

}  // namespace steward::backup
