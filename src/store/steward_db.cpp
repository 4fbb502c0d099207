#include "store/steward_db.hpp"

#include <cstdio>

#include "base/log.hpp"
#include "base/units.hpp"
#include "os/files.hpp"
#include "store/snapshot.hpp"

namespace steward::store {

namespace {

constexpr std::int64_t kForgetEvery = 6 * 3600 * kSecond;

template <class Row>
Status write_changes(const Changes<Row>& changes, TableStatements& statements) {
  Binder binder(statements.put_row);
  for (const auto& [id, row] : changes.rows()) {
    const Status done = row ? statements.put(binder, id, *row) : statements.erase(id);
    if (!done) return done;
  }
  return {};
}

}  // namespace

StewardDb::StewardDb(std::string folder, const Clock& clock)
    : path_(std::move(folder) + "/steward.db"), clock_(clock) {}

AlarmRows StewardDb::load() {
  AlarmRows rows;
  const bool there = exists(path_);
  Status loaded = open();
  if (loaded) loaded = read(rows);
  if (!loaded) {
    rows = {};
    if (there && loaded.error().code() == Code::corrupt) {
      set_aside(loaded.error());
    } else {
      trouble_ = loaded.error().text();
      log::error("steward.db cannot be read, alarms begin anew: {}", trouble_);
      statements_.clear();
      db_.reset();
    }
  }
  living_ = rows;
  living_.history.clear(), living_.audit.clear();
  return rows;
}

Status StewardDb::open() {
  auto db = Db::open(path_, Db::Mode::own);
  if (!db) return std::unexpected(db.error());
  const auto health = db->text("PRAGMA quick_check(1)");
  if (!health) return std::unexpected(health.error());
  if (*health != "ok") return fail(Code::corrupt, "{}: damaged: {}", path_, *health);
  if (auto set = db->exec("PRAGMA synchronous=FULL"); !set) return set;
  if (auto migrated = migrate(*db); !migrated) return migrated;
  db_.emplace(std::move(*db));
  return prepare();
}

/// From any earlier format to this one: tables and columns that are missing are added.
Status StewardDb::migrate(Db& db) {
  const auto format = db.number("PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format > kFormat)
    return fail(Code::corrupt, "{}: of format {}, which a later Steward wrote; this one knows {}", path_,
                *format, kFormat);
  auto transaction = Txn::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  Status status = db.exec(fmt::format("PRAGMA user_version={}", kFormat));
  AlarmChanges tables;
  AlarmChanges::each(tables, [&]<class Row>(const char* name, Changes<Row>&) {
    if (status) status = make_table<Row>(db, name);
  });
  return status ? transaction->commit() : status;
}

Status StewardDb::prepare() {
  Status status;
  AlarmChanges tables;
  AlarmChanges::each(tables, [&]<class Row>(const char* name, Changes<Row>&) {
    if (!status) return;
    auto prepared = TableStatements::prepare<Row>(*db_, name);
    if (!prepared) {
      status = std::unexpected(prepared.error());
      return;
    }
    statements_.insert_or_assign(name, std::move(*prepared));
  });
  return status;
}

Status StewardDb::read(AlarmRows& rows) {
  Status status;
  AlarmChanges::each(rows, [&]<class Row>(const std::string& name, Changes<Row>& into) {
    if (!status) return;
    const bool grows = name == "history" || name == "audit";
    const std::string newest =
        grows ? fmt::format("WHERE id > (SELECT max(id) FROM {}) - {}", name, kNewest) : "";
    status =
        load_table<Row>(*db_, name, [&](std::int64_t id, Row row) { into.put(id, std::move(row)); }, newest);
  });
  return status;
}

Status StewardDb::commit(const AlarmChanges& changes) {
  if (!db_) {
    if (auto opened = open(); !opened) {
      if (opened.error().code() == Code::corrupt) set_aside(opened.error());
      return opened;
    }
    anew_ = true;
  }
  auto transaction = Txn::begin(*db_);
  Status status = transaction ? Status{} : std::unexpected(transaction.error());
  if (status && anew_) status = write(living_);
  if (status) status = write(changes);
  if (status && clock_.mono() >= forget_at_) status = forget_old();
  if (status) status = transaction->commit();
  if (!status) {
    if (status.error().code() == Code::corrupt) set_aside(status.error());
    return status;
  }
  anew_ = false;
  living_.alarms.apply(changes.alarms), living_.groups.apply(changes.groups);
  living_.members.apply(changes.members), living_.silences.apply(changes.silences);
  living_.outbox.apply(changes.outbox);
  return {};
}

Status StewardDb::snapshot(const std::string& to) {
  if (!db_) return fail(Code::unavailable, "steward.db cannot be read or written");
  auto copy = Snapshot::begin(*db_, to);
  if (!copy) return std::unexpected(copy.error());
  while (true) {
    auto complete = copy->step();
    if (!complete) return std::unexpected(complete.error());
    if (*complete) return {};
  }
}

Status StewardDb::write(const AlarmChanges& changes) {
  Status status;
  AlarmChanges::each(changes, [&](const char* name, const auto& table) {
    if (status && !table.empty()) status = write_changes(table, statements_.find(name)->second);
  });
  return status;
}

Status StewardDb::forget_old() {
  Status status;
  for (const char* table : {"history", "audit"}) {
    if (!status) break;
    status = db_->exec(fmt::format("DELETE FROM {0} WHERE at < {1} OR id <= (SELECT max(id) FROM {0}) - {2}",
                                   table, clock_.wall() - kKeep, kMostHistory));
  }
  if (status) forget_at_ = clock_.mono() + kForgetEvery;
  return status;
}

void StewardDb::set_aside(const Error& why) {
  statements_.clear();
  db_.reset();
  const std::string aside = fmt::format("{}.damaged-{}", path_, format_utc(clock_.wall()));
  for (const char* part : {"", "-wal", "-shm"}) {
    static_cast<void>(
        std::rename((path_ + part).c_str(), (aside + part).c_str()));  // a part may not be there
  }
  notice_ = fmt::format(
      "steward.db was not usable and is kept as {}: silences, acknowledgements and undelivered messages in "
      "it are "
      "forgotten ({})",
      aside, why.text());
  log::error("{}", notice_);
}

}  // namespace steward::store
