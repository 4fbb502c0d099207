#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "journal/cursors.hpp"
#include "state/model.hpp"
#include "store/state_store.hpp"

namespace steward::store {

/// Keeps the model in `FOLDER/state.db` whatever happens to the file: missing, it is rebuilt from
/// `FOLDER/checkpoint` (and then the journals); damaged, it is set aside and rebuilt; on a full disk memory
/// goes on, offsets wait, and trouble() says so until a commit succeeds. One thread at a time.
class StateFile {
 public:
  /// How often a commit is tried while none succeeds.
  static constexpr std::int64_t kRetry = kSecond;

  StateFile(std::string folder, const Clock& clock);

  /// Fills the model and cursors, which are empty, with what is known. Always succeeds: at worst with
  /// nothing.
  void load(state::Model& model, journal::Cursors& cursors);
  /// Commits what changed. False when it could not; the next call may.
  bool commit(state::Model& model, journal::Cursors& cursors);
  /// A durable copy as `FOLDER/checkpoint`, from which a lost state.db is rebuilt.
  Status checkpoint();
  /// Begins a copy for a backup.
  Result<Snapshot> snapshot(const std::string& to);

  /// Empty when the last commit succeeded.
  const std::string& trouble() const { return trouble_; }
  /// What was done about a state.db that was not usable; empty when it was.
  const std::string& notice() const { return notice_; }
  std::int64_t failures() const { return failures_; }

 private:
  Status open_and_load(state::Model& model, journal::Cursors& cursors);
  void load_checkpoint(state::Model& model, journal::Cursors& cursors);
  void set_aside();
  Status open_anew(state::Model& model, journal::Cursors& cursors);
  void failed(const Error& error);

  std::string folder_, path_;
  const Clock& clock_;
  std::optional<StateStore> store_;
  bool anew_ = false;  // the file does not hold what was loaded: the next commit writes everything
  MonoNs retry_at_ = 0;
  std::string trouble_, notice_;
  std::int64_t failures_ = 0;
};

}  // namespace steward::store
