#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace steward {

/// Appends one part of a composite key; the parts cannot run into one another, whatever they hold.
inline void append_key(std::string& key, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(part);
}
template <class T>
  requires std::is_integral_v<T>
void append_key(std::string& key, T number) {
  const auto wide = static_cast<std::int64_t>(number);
  key.append(reinterpret_cast<const char*>(&wide), sizeof wide);
}

/// Fills `key` (its memory is used again) with the parts.
template <class... Parts>
std::string_view make_key(std::string& key, const Parts&... parts) {
  key.clear();
  (append_key(key, parts), ...);
  return key;
}

/// The natural key as one string, for rows that are looked up by several parts.
template <class... Parts>
std::string key_from(const Parts&... parts) {
  std::string key;
  make_key(key, parts...);
  return key;
}

/// Rows that a database keeps: each has an id that only grows (the order in which rows were born) and a
/// natural key, `key_of(const Row&)`, found by argument-dependent look-up. Remembers what changed since the
/// last `committed()`. Rows stay where they are in memory until erased. One thread at a time.
template <class Row>
class Table {
 public:
  struct Entry {
    std::int64_t id = 0;
    bool dirty = false;
    Row row;
  };
  using Rows = std::map<std::int64_t, Entry>;

  const Rows& rows() const { return rows_; }
  std::size_t size() const { return rows_.size(); }

  const Entry* find(std::string_view key) const {
    const auto at = index_.find(key);
    return at == index_.end() ? nullptr : at->second;
  }
  Entry* find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }
  const Entry* find_id(std::int64_t id) const {
    const auto at = rows_.find(id);
    return at == rows_.end() ? nullptr : &at->second;
  }
  Entry* find_id(std::int64_t id) { return const_cast<Entry*>(std::as_const(*this).find_id(id)); }
  Entry* oldest() { return rows_.empty() ? nullptr : &rows_.begin()->second; }

  /// The row must not be in the table yet.
  Entry& add(Row row) {
    Entry& entry = restore(last_id_ + 1, std::move(row));
    touch(entry);
    return entry;
  }
  /// A row as it was read from the database.
  Entry& restore(std::int64_t id, Row row) {
    last_id_ = std::max(last_id_, id);
    Entry& entry = rows_.emplace_hint(rows_.end(), id, Entry{id, false, std::move(row)})->second;
    index_.emplace(key_of(entry.row), &entry);
    return entry;
  }

  /// Says that the entry's row was changed (its key must not have).
  void touch(Entry& entry) {
    if (entry.dirty) return;
    entry.dirty = true;
    dirty_.push_back(entry.id);
  }
  void erase(Entry& entry) {
    const std::int64_t id = entry.id;
    index_.erase(key_of(entry.row));
    rows_.erase(id);
    gone_.push_back(id);
  }
  template <class Condition>
  void erase_if(Condition condition) {
    for (auto at = rows_.begin(); at != rows_.end();) {
      Entry& entry = at++->second;
      if (condition(std::as_const(entry.row))) erase(entry);
    }
  }

  /// Ids changed and erased since the last commit; a changed one may have been erased since.
  const std::vector<std::int64_t>& dirty() const { return dirty_; }
  const std::vector<std::int64_t>& gone() const { return gone_; }
  bool changed() const { return !dirty_.empty() || !gone_.empty(); }
  void committed() {
    for (const std::int64_t id : dirty_) {
      if (Entry* entry = find_id(id)) entry->dirty = false;
    }
    dirty_.clear(), gone_.clear();
  }
  /// Everything is to be written again, into an empty database.
  void touch_all() {
    gone_.clear();
    for (auto& [id, entry] : rows_) touch(entry);
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  Rows rows_;
  std::unordered_map<std::string, Entry*, Hash, std::equal_to<>> index_;
  std::vector<std::int64_t> dirty_, gone_;
  std::int64_t last_id_ = 0;
};

}  // namespace steward
