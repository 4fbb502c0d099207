#pragma once

#include <set>
#include <string>

#include "store/columns.hpp"
#include "store/sqlite.hpp"

/// Tables made from the row types' columns, which `columns(row, visit)` names.
namespace steward::store {

/// ", a, b" and ",?,?" of a row type's columns.
struct ColumnNames {
  std::string names, marks;
  template <class T>
  void operator()(std::string_view name, const T&) {
    names += fmt::format(", {}", name), marks += ",?";
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
Result<std::set<std::string, std::less<>>> columns_of(Db& db, const std::string& table);

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

/// Calls take(id, Row) for each row, by id. A column that the file does not have (it is of an older version)
/// reads as its default.
template <class Row, class Take>
Status load_table(Db& db, const std::string& name, Take take, std::string_view which = "") {
  const auto known = columns_of(db, name);
  if (!known) return std::unexpected(known.error());
  if (known->empty()) return {};
  std::string wanted = "id";
  columns(static_cast<const Row&>(Row{}), [&]<class T>(std::string_view column, const T&) {
    const std::string_view absent = column_type<T>().starts_with("TEXT") ? "''" : "0";
    wanted += fmt::format(", {}", known->contains(column) ? column : absent);
  });
  auto rows = db.prepare(fmt::format("SELECT {} FROM {} {} ORDER BY id", wanted, name, which));
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = rows->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    Row row;
    columns(row, Taker(*rows, 1));
    take(rows->integer(0), std::move(row));
  }
}

/// How the rows of one table are written.
struct TableStatements {
  Stmt put_row, erase_row;

  template <class Row>
  static Result<TableStatements> prepare(Db& db, const std::string& name) {
    const auto names = names_of<Row>();
    auto put = db.prepare(
        fmt::format("INSERT OR REPLACE INTO {} (id{}) VALUES (?{})", name, names.names, names.marks));
    auto erase = db.prepare(fmt::format("DELETE FROM {} WHERE id=?", name));
    if (!put || !erase) return std::unexpected(put ? erase.error() : put.error());
    return TableStatements{std::move(*put), std::move(*erase)};
  }

  /// The binder is one of `put_row`.
  template <class Row>
  Status put(Binder& binder, std::int64_t id, const Row& row) {
    binder.begin();
    binder("id", id);
    columns(row, binder);
    return put_row.run();
  }
  Status erase(std::int64_t id) {
    erase_row.bind(0, id);
    return erase_row.run();
  }
};

}  // namespace steward::store
