#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "state/fold.hpp"
#include "state/model.hpp"
#include "store/fair_lock.hpp"

namespace steward::store {

struct EngineOptions {
  std::string state_folder;                         ///< STATE; state.db lives in STATE/agent
  std::string timezone = "UTC";                     ///< of the trading day
  std::int64_t keep_ns = 90 * 24 * 3600 * kSecond;  ///< `[journal] keep`; 0: for ever
  std::int64_t commit_every = 100 * kMillisecond;
};

/// What the engine knows of itself.
struct EngineFacts {
  std::int64_t events = 0, bytes = 0;  ///< folded since start()
  std::int64_t bad_lines = 0;          ///< likewise
  std::int64_t backlog_bytes = 0;      ///< seen in journals and not folded yet
  std::int64_t commits = 0, commit_failures = 0;
  WallNs last_commit = 0;         ///< 0: none yet
  std::int64_t runs_deleted = 0;  ///< by retention
  bool caught_up = false;         ///< all that was there at start() is folded
  std::string trouble;            ///< what is wrong now, empty when nothing is
  std::string notice;             ///< what was done about a damaged state.db
};

/// Owns the state thread: it reads the journals, folds them into the model and commits it to state.db. Lives
/// as long as the agent. start() and stop() from one thread; the rest from any.
class Engine {
 public:
  explicit Engine(EngineOptions options, const Clock& clock);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Loads state.db and starts the thread; the journals are folded from there. Fails on an unknown time zone
  /// or a state folder that cannot be made. Everything else that goes wrong is trouble(), not failure.
  Status start();
  /// Folds what is there, commits and joins the thread.
  void stop();

  /// Calls `look(const state::Model&)` while nothing changes. Never waits for a disk; for the fold a few
  /// milliseconds at most. Keep it short: the fold waits meanwhile.
  template <class Look>
  auto read(Look&& look) const {
    const FairLock::Guest guest(model_lock_);
    return look(static_cast<const state::Model&>(model_));
  }

  /// What a scrape of a bot gave; folded within a moment. Replaces one of the same bot that is still waiting.
  void inject(state::Scraped scraped);

  /// The journals are looked at now, however quiet they were: afterwards the model has what was written
  /// before the call. Waits for that, `patience` at most; not at all while the thread has more to read than
  /// one look takes.
  void look(std::int64_t patience = 5 * kMillisecond);

  /// Copies state.db into `to` for a backup, between other work; `done` is called on the state thread. One at
  /// a time.
  void snapshot(std::string to, std::function<void(Status)> done);

  EngineFacts facts() const;

 private:
  class Loop;
  EngineOptions options_;
  const Clock& clock_;
  state::Model model_;
  mutable FairLock model_lock_;

  mutable std::mutex inbox_mutex_;  // of what follows
  std::condition_variable wake_, looked_;
  std::map<std::string, state::Scraped> inbox_;
  bool stopping_ = false, nudged_ = false, resting_ = false, busy_ = false;
  std::string copy_to_;  ///< empty: no snapshot is wanted
  std::function<void(Status)> copied_;
  std::uint64_t rests_ = 0;  ///< how often the thread had read all there was
  EngineFacts facts_;

  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace steward::store
