#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace steward::store {

/// A prepared statement; its Db outlives it. Parameters and columns are counted from 0.
class Stmt {
 public:
  Stmt() = default;

  void bind(int at, std::int64_t number);
  void bind(int at, double number);
  /// The text must live until the next reset().
  void bind(int at, std::string_view text);
  /// True while there is a row.
  Result<bool> step();
  /// Runs a statement that gives no rows, and makes it ready to run again.
  Status run();
  void reset();

  std::int64_t integer(int at) const;
  double real(int at) const;
  /// Valid until the next step() or reset().
  std::string_view text(int at) const;

 private:
  friend class Db;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Stmt(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An open SQLite database. One thread at a time. Errors: corrupt (not or no longer a database), conflict
/// (another process has it), unavailable (disk full, I/O), internal.
class Db {
 public:
  enum class Mode {
    own,       ///< made when missing; write-ahead log; nobody else may use it meanwhile
    snapshot,  ///< read only; the file does not change
    with_log,  ///< read only, together with the write-ahead log beside it; nobody else may use it meanwhile
  };
  static Result<Db> open(const std::string& path, Mode mode);

  Status exec(const std::string& sql);
  Result<Stmt> prepare(const std::string& sql);
  /// The first column of the first row, 0 when there is none.
  Result<std::int64_t> number(const std::string& sql);
  Result<std::string> text(const std::string& sql);
  /// For what of SQLite's interface is not here.
  sqlite3* handle() { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Db(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

/// A write transaction: rolled back unless committed.
class Txn {
 public:
  static Result<Txn> begin(Db& db);
  Txn(Txn&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Txn& operator=(Txn&&) = delete;
  ~Txn();
  Status commit();

 private:
  explicit Txn(Db& db) : db_(&db) {}
  Db* db_;
};

}  // namespace steward::store
