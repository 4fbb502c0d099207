#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "keeper/notify.hpp"
#include "keeper/plan.hpp"
#include "keeper/restart_policy.hpp"

namespace steward::keeper {

enum class BotState { starting, ready, unready, stopping, backing_off, struggling, stopped, held };

/// "starting", "backing-off", …, as journal and status write it.
std::string_view bot_state_name(BotState state);

/// How a process ended: a wait status, or unknown when a keeper was not there to see it.
struct Ending {
  std::optional<int> wait_status;
  bool clean() const { return wait_status == 0; }
  std::string text() const;
};

/// What the world outside one bot's life asks of it; the supervisor fills it in before every step.
struct Conditions {
  bool wanted = true;     ///< false: the operator, a shutdown or a removal wants it down
  bool may_stop = true;   ///< false: bots that run after this one are still to stop first
  bool held = false;      ///< its gate is closed and it does not read gates
  std::string waits_for;  ///< the bot of `after` that is not ready yet; empty: none
};

/// What the driver is to do next; its outcome comes back through the input named beside it.
enum class Action {
  launch,     ///< → launched or launch_failed
  terminate,  ///< SIGTERM to the main process
  abort,      ///< SIGABRT to the main process
  kill,       ///< SIGKILL to everything of the run
  clear,      ///< kill what the main process left behind → cleared
};

/// One bot's life as a state machine without I/O: inputs change it, next() says what to do until it says
/// nothing. The rules are those of docs/formats/bot.md. One owner; the spec is passed in because a staged one
/// takes force at a start only.
class LifeCycle {
 public:
  std::optional<Action> next(const BotSpec& spec, const Conditions& conditions, MonoNs now);

  void launched(MonoNs now);
  void launch_failed(const BotSpec& spec, MonoNs now, std::string reason, Random& random);
  /// A run of an earlier keeper goes on: `started` on this boot's monotonic clock, `ready` and `armed` as its
  /// record has them.
  void adopted(MonoNs started, bool ready, bool armed, MonoNs now);
  /// The last run ended at `ended` under an earlier keeper that had counted `failures`, and was to be
  /// restarted or not.
  void ended_before(const BotSpec& spec, MonoNs ended, int failures, bool finished, Random& random);

  void notified(const BotSpec& spec, const NotifyMessage& message, MonoNs now);
  void exited(Ending ending, MonoNs now);
  /// `empty`: nothing of the run is left, which ends it.
  void cleared(const BotSpec& spec, bool empty, MonoNs now, Random& random);

  /// A person asks: start anew what runs, or what waits or gave up, without delay.
  void restart(MonoNs now);
  /// A person asks to start it: forgets back-off and a finished run.
  void start_afresh(MonoNs now);

  /// When next() has to be asked again though nothing happened; none: when something happens.
  std::optional<MonoNs> deadline() const { return deadline_; }

  BotState state() const { return state_; }
  const std::string& reason() const { return reason_; }
  bool running() const { return phase_ != Phase::idle; }
  bool process_alive() const { return phase_ != Phase::idle && phase_ != Phase::clearing; }
  bool was_ready() const { return ready_; }
  bool armed() const { return armed_; }
  /// Whether this run was ended, or is being ended, for a missed watchdog.
  bool watchdog_missed() const { return watchdog_missed_; }
  bool finished() const { return finished_; }
  MonoNs started() const { return started_; }
  /// When it is tried again, while backing off.
  MonoNs next_start() const { return next_start_; }
  /// The last run's end and why, in a sentence; meaningful while clearing and after.
  const Ending& ending() const { return ending_; }
  const std::string& end_reason() const { return end_reason_; }
  int failures() const { return policy_.failures(); }
  /// For how long nothing could be proved gone.
  MonoNs clearing_since() const { return clearing_since_; }

 private:
  enum class Phase { idle, running, stopping, aborting, killing, clearing };

  std::optional<Action> next_idle(const Conditions& conditions, MonoNs now);
  std::optional<Action> next_running(const BotSpec& spec, const Conditions& conditions, MonoNs now);
  std::optional<Action> begin_stop(const BotSpec& spec, std::string reason, MonoNs now);
  std::optional<Action> begin_kill(MonoNs now);
  std::optional<Action> miss_watchdog(const BotSpec& spec, MonoNs now);
  void decide(const BotSpec& spec, MonoNs now, bool good, Random& random);
  void set(BotState state, std::string reason = {});

  Phase phase_ = Phase::idle;
  BotState state_ = BotState::stopped;
  std::string reason_;
  RestartPolicy policy_;
  std::optional<MonoNs> deadline_;
  bool ready_ = false, armed_ = false, finished_ = false, struggling_ = false;
  bool asked_ = false;  // this run's end was asked for: no failure
  bool restart_asked_ = false;
  bool watchdog_missed_ = false;
  bool kept_failing_ = false;  // ended by us for a missed watchdog or start_timeout
  std::string cause_;          // why we are ending it
  MonoNs started_ = 0, last_pat_ = 0, next_start_ = 0, stop_deadline_ = 0, clearing_since_ = 0, clear_at_ = 0;
  std::int64_t clear_wait_ = 0;
  Ending ending_;
  std::string end_reason_;
};

}  // namespace steward::keeper
