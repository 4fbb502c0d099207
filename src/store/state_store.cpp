#include "store/state_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "os/files.hpp"
#include "state/rows.hpp"
#include "store/table_file.hpp"

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

template <class Row>
Status write_table(Table<Row>& table, TableStatements& statements) {
  for (const std::int64_t id : table.gone()) {
    if (auto done = statements.erase(id); !done) return done;
  }
  Binder binder(statements.put_row);
  for (const std::int64_t id : table.dirty()) {
    const auto* entry = table.find_id(id);
    if (entry == nullptr) continue;
    if (auto done = statements.put(binder, entry->id, entry->row); !done) return done;
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
    auto prepared = TableStatements::prepare<Row>(db_, name);
    if (prepared) {
      statements_->tables[name] = std::move(*prepared);
    } else {
      status = std::unexpected(prepared.error());
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
    if (!status) return;
    status = load_table<Row>(db_, name, [&](std::int64_t id, Row row) { table.restore(id, std::move(row)); });
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
