#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/alarm_rows.hpp"

namespace steward::store {

/// What the store knows of itself.
struct AlarmStoreFacts {
  std::int64_t commits = 0, failures = 0;
  std::string trouble;  ///< why nothing can be written now; empty when it can
  std::string notice;   ///< what was done about a damaged steward.db; empty when it was whole
};

/// Keeps steward.db on a thread of its own, so that nobody waits for a disk. Changes are numbered in the
/// order in which they were given and committed in that order, durably; what waits meanwhile is one set of
/// changes. Made and destroyed by one thread; any thread may call the rest.
class AlarmStore {
 public:
  /// Called on the store's thread: all changes up to this number are on disk, or (`durable` false) could not
  /// be written now and wait.
  using Settled = std::function<void(std::uint64_t number, bool durable)>;

  /// Opens `FOLDER/steward.db` and reads what it holds; waits for the disk, as the agent's start may. Always
  /// succeeds: at worst with nothing, and a notice or trouble that says so.
  AlarmStore(std::string folder, const Clock& clock, Settled settled);
  /// Commits what waits.
  ~AlarmStore();
  AlarmStore(const AlarmStore&) = delete;
  AlarmStore& operator=(const AlarmStore&) = delete;

  /// What was there at the start; the caller's from then on.
  AlarmRows take_rows() { return std::move(rows_); }

  /// Returns at once; the number under which these changes settle. Those that are not urgent may wait a
  /// second for others.
  std::uint64_t submit(AlarmChanges changes, bool urgent);

  /// Copies steward.db into `to` for a backup; `done` is called on the store's thread. One at a time.
  void snapshot(std::string to, std::function<void(Status)> done);

  AlarmStoreFacts facts() const;

 private:
  class Loop;
  const Clock& clock_;
  Settled settled_;
  AlarmRows rows_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  AlarmChanges waiting_;
  std::uint64_t submitted_ = 0;
  MonoNs commit_by_ = 0;  ///< 0: nothing waits
  bool stopping_ = false;
  std::string copy_to_;  ///< empty: no snapshot is wanted
  std::function<void(Status)> copied_;
  AlarmStoreFacts facts_;

  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace steward::store
