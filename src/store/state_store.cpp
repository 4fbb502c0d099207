#include "store/state_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <set>

#include "os/files.hpp"
#include "state/rows.hpp"
#include "store/columns.hpp"

namespace steward::store {

namespace {

/// Calls visit("table", Table<Row>&) for every table.
template <class Visit>
void each_table(state::Model& model, journal::Cursors& cursors, Visit&& visit) {
  visit("bots", model.bots), visit("orders", model.orders), visit("markets", model.markets);
  visit("positions", model.positions), visit("profits", model.profits), visit("ledgers", model.ledgers);
  visit("days", model.days), visit("orders_placed", model.placed), visit("latencies", model.latencies);
  visit("series", model.series), visit("scraped_strategies", model.scraped_strategies);
  visit("scraped_latencies", model.scraped_latencies), visit("activities", model.activities);
  visit("hours", model.hours), visit("notes", model.notes);
  visit("bad_lines", model.bad_lines), visit("keepers", model.keepers);
  visit("runs", cursors.runs), visit("segments", cursors.segments);
}

struct ColumnNames {
  std::string names, marks;
  int count = 0;
  template <class T>
  void operator()(std::string_view name, const T&) {
    names += fmt::format(", {}", name), marks += ",?", ++count;
  }
};

template <class Row>
ColumnNames names_of() {
  ColumnNames names;
  const Row row{};
  columns(row, names);
  return names;
}

/// The columns a table has; empty when there is no such table.
Result<std::set<std::string, std::less<>>> columns_of(Db& db, const std::string& name) {
  auto info = db.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", name));
  if (!info) return std::unexpected(info.error());
  std::set<std::string, std::less<>> known;
  while (true) {
    const auto row = info->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return known;
    known.emplace(info->text(0));
  }
}

/// Makes the table, or adds the columns it lacks.
template <class Row>
Status make_table(Db& db, const std::string& name) {
  auto made = db.exec(fmt::format("CREATE TABLE IF NOT EXISTS {} (id INTEGER PRIMARY KEY)", name));
  const auto known = columns_of(db, name);
  if (!made || !known) return made ? std::unexpected(known.error()) : made;
  Status status;
  columns(static_cast<const Row&>(Row{}), [&]<class T>(std::string_view column, const T&) {
    if (!status || known->contains(column)) return;
    status = db.exec(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", name, column, column_type<T>()));
  });
  return status;
}

/// A column that the file does not have (a checkpoint of an older version) reads as its default.
template <class Row>
Status load_table(Db& db, const std::string& name, Table<Row>& table) {
  const auto known = columns_of(db, name);
  if (!known) return std::unexpected(known.error());
  if (known->empty()) return {};
  std::string wanted = "id";
  columns(static_cast<const Row&>(Row{}), [&]<class T>(std::string_view column, const T&) {
    const std::string_view absent = column_type<T>().starts_with("TEXT") ? "''" : "0";
    wanted += fmt::format(", {}", known->contains(column) ? column : absent);
  });
  auto rows = db.prepare(fmt::format("SELECT {} FROM {} ORDER BY id", wanted, name));
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = rows->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    Row row;
    columns(row, Taker(*rows, 1));
    table.restore(rows->integer(0), std::move(row));
  }
}

struct TableStatements {
  Stmt put, erase;
};

template <class Row>
Status write_table(Table<Row>& table, TableStatements& statements) {
  for (const std::int64_t id : table.gone()) {
    statements.erase.bind(0, id);
    if (auto done = statements.erase.run(); !done) return done;
  }
  Binder binder(statements.put);
  for (const std::int64_t id : table.dirty()) {
    const auto* entry = table.find_id(id);
    if (entry == nullptr) continue;
    binder.begin();
    binder("id", entry->id);
    columns(entry->row, binder);
    if (auto done = statements.put.run(); !done) return done;
  }
  return {};
}

}  // namespace

struct StateStore::Statements {
  std::map<std::string, TableStatements> tables;
  Stmt put_done, erase_done;
};

StateStore::StateStore(Db db) : db_(std::move(db)), statements_(std::make_unique<Statements>()) {}
StateStore::StateStore(StateStore&&) noexcept = default;
StateStore::~StateStore() = default;

Result<StateStore> StateStore::open(const std::string& path, Db::Mode mode) {
  auto db = Db::open(path, mode);
  if (!db) return std::unexpected(db.error());
  const auto health = db->text("PRAGMA quick_check(1)");
  if (!health) return std::unexpected(health.error());
  if (*health != "ok") return fail(Code::corrupt, "{}: damaged: {}", path, *health);
  const auto format = db->number("PRAGMA user_version");
  const auto tables = db->number("SELECT count(*) FROM sqlite_master");
  if (!format || !tables) return std::unexpected(format ? tables.error() : format.error());
  if (*format != kFormat && *tables != 0)
    return fail(Code::corrupt, "{}: of format {}, not {}", path, *format, kFormat);
  StateStore store(std::move(*db));
  if (auto prepared = store.prepare(mode); !prepared) return std::unexpected(prepared.error());
  return store;
}

Status StateStore::prepare(Db::Mode mode) {
  if (mode == Db::Mode::snapshot) return {};
  auto transaction = Txn::begin(db_);
  if (!transaction) return std::unexpected(transaction.error());
  Status status = db_.exec(fmt::format("PRAGMA user_version={}", kFormat));
  if (status) {
    status = db_.exec(
        "CREATE TABLE IF NOT EXISTS done_runs (bot TEXT, run TEXT, PRIMARY KEY (bot, run)) WITHOUT ROWID");
  }
  state::Model model;
  journal::Cursors cursors;
  each_table(model, cursors, [&]<class Row>(const std::string& name, Table<Row>&) {
    if (status) status = make_table<Row>(db_, name);
  });
  if (status) status = transaction->commit();
  each_table(model, cursors, [&]<class Row>(const std::string& name, Table<Row>&) {
    if (!status) return;
    const auto names = names_of<Row>();
    auto put = db_.prepare(
        fmt::format("INSERT OR REPLACE INTO {} (id{}) VALUES (?{})", name, names.names, names.marks));
    auto erase = db_.prepare(fmt::format("DELETE FROM {} WHERE id=?", name));
    if (put && erase) {
      statements_->tables[name] = {std::move(*put), std::move(*erase)};
    } else {
      status = std::unexpected(put ? erase.error() : put.error());
    }
  });
  if (!status) return status;
  auto put = db_.prepare("INSERT OR REPLACE INTO done_runs (bot, run) VALUES (?, ?)");
  auto erase = db_.prepare("DELETE FROM done_runs WHERE bot=? AND run=?");
  if (!put || !erase) return std::unexpected(put ? erase.error() : put.error());
  statements_->put_done = std::move(*put), statements_->erase_done = std::move(*erase);
  return {};
}

Status StateStore::load(state::Model& model, journal::Cursors& cursors) {
  Status status;
  each_table(model, cursors, [&]<class Row>(const std::string& name, Table<Row>& table) {
    if (status) status = load_table(db_, name, table);
  });
  if (!status) return status;
  auto done = db_.prepare("SELECT bot, run FROM done_runs ORDER BY bot, run");
  if (!done) return std::unexpected(done.error());
  while (true) {
    const auto more = done->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    cursors.done.restore(std::string(done->text(0)), done->text(1));
  }
}

Status StateStore::write(state::Model& model, journal::Cursors& cursors, bool anew) {
  Status status = anew ? db_.exec("DELETE FROM done_runs") : Status{};
  each_table(model, cursors, [&]<class Row>(const std::string& name, Table<Row>& table) {
    if (status && anew) status = db_.exec("DELETE FROM " + name);
    if (status && table.changed()) status = write_table(table, statements_->tables[name]);
  });
  for (const auto& change : cursors.done.changes()) {
    if (!status) break;
    Stmt& statement = change.added ? statements_->put_done : statements_->erase_done;
    statement.bind(0, std::string_view(change.bot)), statement.bind(1, std::string_view(change.run));
    status = statement.run();
  }
  return status;
}

Status StateStore::commit(state::Model& model, journal::Cursors& cursors, bool anew) {
  auto transaction = Txn::begin(db_);
  if (!transaction) return std::unexpected(transaction.error());
  Status status = write(model, cursors, anew);
  if (status) status = transaction->commit();
  if (!status) return status;
  each_table(model, cursors, [](const std::string&, auto& table) { table.committed(); });
  cursors.done.committed();
  return {};
}

Status StateStore::copy_to(const std::string& path) {
  const std::string next = path + ".new";
  ::unlink(next.c_str());
  auto copy = db_.prepare("VACUUM INTO ?");
  if (!copy) return std::unexpected(copy.error());
  copy->bind(0, std::string_view(next));
  if (auto copied = copy->run(); !copied) return copied;
  auto file = open_file(next, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  if (::fsync(file->get()) != 0) return fail_errno(errno, "fsync " + next);
  if (::rename(next.c_str(), path.c_str()) != 0) return fail_errno(errno, "cannot rename to " + path);
  return sync_folder(parent_of(path));
}

}  // namespace steward::store
