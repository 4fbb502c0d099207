#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace steward::store {

/// What is to become of the rows of one table: the newest wish for each id, so that what waits for a disk is
/// bounded by the rows there are. A plain value.
template <class Row>
class Changes {
 public:
  void put(std::int64_t id, Row row) { rows_.insert_or_assign(id, std::optional<Row>(std::move(row))); }
  void erase(std::int64_t id) { rows_.insert_or_assign(id, std::nullopt); }
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  void clear() { rows_.clear(); }

  /// `newer` wins.
  void add(Changes newer) {
    newer.rows_.merge(rows_);
    rows_ = std::move(newer.rows_);
  }

  /// These are the rows that are there; `newer` is done to them.
  void apply(const Changes& newer) {
    for (const auto& [id, row] : newer.rows_) {
      if (row) {
        rows_.insert_or_assign(id, row);
      } else {
        rows_.erase(id);
      }
    }
  }
  /// Lets the oldest go, by id.
  void trim(std::size_t most) {
    while (rows_.size() > most) rows_.erase(rows_.begin());
  }

  /// A row, or nothing for one that goes.
  const std::map<std::int64_t, std::optional<Row>>& rows() const { return rows_; }

 private:
  std::map<std::int64_t, std::optional<Row>> rows_;
};

}  // namespace steward::store
