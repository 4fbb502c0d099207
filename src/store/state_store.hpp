#pragma once

#include <memory>
#include <string>

#include "journal/cursors.hpp"
#include "state/model.hpp"
#include "store/snapshot.hpp"
#include "store/sqlite.hpp"

namespace steward::store {

/// state.db: one table for each of the model's, and how far the journals were folded, changed together in one
/// transaction. It is derived; a column that is new in this version is added with its default. One thread at
/// a time.
class StateStore {
 public:
  static constexpr std::int64_t kFormat = 1;  // user_version

  /// Code::corrupt when it is damaged or another format's; others as Db.
  static Result<StateStore> open(const std::string& path, Db::Mode mode);
  StateStore(StateStore&&) noexcept;
  ~StateStore();

  /// Into a model and cursors that are empty.
  Status load(state::Model& model, journal::Cursors& cursors);
  /// Writes what changed since the last commit. `anew`: everything, in place of what is there. A failure
  /// leaves all of it to the next commit.
  Status commit(state::Model& model, journal::Cursors& cursors, bool anew);
  /// Begins a copy of what is committed, for a backup.
  Result<Snapshot> snapshot(const std::string& to) { return Snapshot::begin(db_, to); }
  /// A durable copy of what was committed last, put in place of `path` atomically.
  Status copy_to(const std::string& path);

 private:
  struct Statements;
  explicit StateStore(Db db);
  Status prepare(Db::Mode mode);
  Status write(state::Model& model, journal::Cursors& cursors, bool anew);

  Db db_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace steward::store
