#pragma once

#include <memory>
#include <string>

#include "store/sqlite.hpp"

struct sqlite3;
struct sqlite3_backup;

namespace steward::store {

/// A copy of a database that we have open ourselves (nobody else can then), made a few pages at a time:
/// between two steps the same connection may write, and the copy takes that in. Consistent as of its last
/// step. The file is gone again unless step() said that it is complete; not durable, for it is to be read and
/// thrown away. On the database's thread; the Db must outlive it.
class Snapshot {
 public:
  static Result<Snapshot> begin(Db& from, const std::string& to);
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

  /// About a mebibyte; true when the copy is complete. Code::unavailable on a full disk.
  Result<bool> step();

 private:
  struct Parts;
  explicit Snapshot(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace steward::store
