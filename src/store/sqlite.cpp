#include "store/sqlite.hpp"

#include <sqlite3.h>

#include "store/sqlite_code.hpp"

namespace steward::store {

namespace {

std::unexpected<Error> failure(sqlite3* db, std::string_view what) {
  const char* path = sqlite3_db_filename(db, "main");
  return fail(code_of(sqlite3_extended_errcode(db)), "{}: {}: {}", path == nullptr ? "" : path, what,
              sqlite3_errmsg(db));
}

}  // namespace

void Stmt::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}
void Db::Close::operator()(sqlite3* db) const {
  sqlite3_close_v2(db);
}

void Stmt::bind(int at, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), at + 1, number);
}
void Stmt::bind(int at, double number) {
  sqlite3_bind_double(statement_.get(), at + 1, number);
}
void Stmt::bind(int at, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), at + 1, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

Result<bool> Stmt::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
}

Status Stmt::run() {
  const auto row = step();
  reset();
  return row ? Status{} : std::unexpected(row.error());
}

void Stmt::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Stmt::integer(int at) const {
  return sqlite3_column_int64(statement_.get(), at);
}
double Stmt::real(int at) const {
  return sqlite3_column_double(statement_.get(), at);
}
std::string_view Stmt::text(int at) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), at));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), at))};
}

Result<Db> Db::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const bool snapshot = mode == Mode::snapshot;
  const bool reads = snapshot || mode == Mode::with_log;
  std::string name = path;
  if (snapshot) {
    name = "file:";
    for (const char c : path)
      name += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02X}", c) : std::string(1, c);
    name += "?immutable=1";
  }
  const int flags = SQLITE_OPEN_NOMUTEX | (snapshot ? SQLITE_OPEN_URI : 0) |
                    (reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int result = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Db db(handle);
  if (result != SQLITE_OK) {
    return fail(code_of(result), "cannot open {}: {}", path,
                handle == nullptr ? "no memory" : sqlite3_errmsg(handle));
  }
  sqlite3_extended_result_codes(handle, 1);
  // A small cache: the rows live in our own memory.
  auto set = db.exec("PRAGMA cache_size=-512");
  if (set && !reads) {
    set = db.exec(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA wal_autocheckpoint=500; PRAGMA journal_size_limit=8388608; PRAGMA temp_store=MEMORY");
  }
  if (!set) return std::unexpected(set.error());
  return db;
}

Status Db::exec(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(db_.get(), sql);
  return {};
}

Result<Stmt> Db::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK) {
    return failure(db_.get(), sql);
  }
  return Stmt(statement);
}

Result<std::int64_t> Db::number(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

Result<std::string> Db::text(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return std::string(*row ? statement->text(0) : std::string_view{});
}

Result<Txn> Txn::begin(Db& db) {
  auto begun = db.exec("BEGIN IMMEDIATE");
  if (!begun) return std::unexpected(begun.error());
  return Txn(db);
}

Txn::~Txn() {
  // SQLite may have rolled back by itself (disk full); then there is nothing to undo and this says so.
  if (db_ != nullptr) static_cast<void>(db_->exec("ROLLBACK"));
}

Status Txn::commit() {
  auto done = db_->exec("COMMIT");
  if (done) db_ = nullptr;
  return done;
}

}  // namespace steward::store
