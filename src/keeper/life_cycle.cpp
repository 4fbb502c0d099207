#include "keeper/life_cycle.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "os/process.hpp"

namespace steward::keeper {

namespace {

/// A bot that says nothing is ready, and a run was not in vain, once it has lived this long.
constexpr std::int64_t kLivedEnough = kSecond;
/// Between SIGABRT and SIGKILL: time to write a core file; a bot with a shorter stop_timeout gets that.
constexpr std::int64_t kAbortGrace = 5 * kSecond;
/// Killing is said again this often: a fork bomb may outrun one pass.
constexpr std::int64_t kKillAgain = kSecond;
/// The wait between looks at a group that should be empty.
constexpr std::int64_t kFirstLook = 200 * kMicrosecond;
constexpr std::int64_t kLongestLook = kSecond;

}  // namespace

std::string_view bot_state_name(BotState state) {
  constexpr std::string_view kNames[] = {"starting",    "ready",      "unready", "stopping",
                                         "backing-off", "struggling", "stopped", "held"};
  return kNames[static_cast<int>(state)];
}

std::string Ending::text() const {
  return wait_status ? wait_status_text(*wait_status) : "ended while no keeper watched";
}

void LifeCycle::set(BotState state, std::string reason) {
  state_ = state;
  reason_ = std::move(reason);
}

std::optional<Action> LifeCycle::next(const BotSpec& spec, const Conditions& conditions, MonoNs now) {
  deadline_.reset();
  switch (phase_) {
    case Phase::idle:
      return next_idle(conditions, now);
    case Phase::running:
      return next_running(spec, conditions, now);
    case Phase::stopping:
    case Phase::aborting:
    case Phase::killing:
      if (now >= stop_deadline_) return begin_kill(now);
      deadline_ = stop_deadline_;
      return std::nullopt;
    case Phase::clearing:
      if (now >= clear_at_) return Action::clear;
      deadline_ = clear_at_;
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Action> LifeCycle::next_idle(const Conditions& conditions, MonoNs now) {
  if (!conditions.wanted || finished_) {
    set(BotState::stopped, finished_ && conditions.wanted ? end_reason_ : "");
    return std::nullopt;
  }
  if (conditions.held) {
    set(BotState::held, "its gate is closed");
    return std::nullopt;
  }
  if (now < next_start_) {
    set(struggling_ ? BotState::struggling : BotState::backing_off, end_reason_);
    deadline_ = next_start_;
    return std::nullopt;
  }
  if (!conditions.waits_for.empty()) {
    set(BotState::starting, "waits for " + conditions.waits_for + " to be ready");
    return std::nullopt;
  }
  return Action::launch;
}

std::optional<Action> LifeCycle::next_running(const BotSpec& spec, const Conditions& conditions, MonoNs now) {
  if (!conditions.wanted && conditions.may_stop) return begin_stop(spec, "asked to stop", now);
  if (conditions.held) return begin_stop(spec, "its gate was closed", now);
  if (restart_asked_) return begin_stop(spec, "asked to restart", now);
  if (!ready_) {
    const bool by_itself = spec.start_timeout == 0 && spec.watchdog == 0;
    const MonoNs due = started_ + (by_itself ? kLivedEnough : spec.start_timeout);
    if (by_itself && now >= due) {
      ready_ = true;
      set(BotState::ready);
    } else if (spec.start_timeout > 0 && now >= due) {
      kept_failing_ = true;
      return begin_stop(spec, "did not say READY=1 within " + format_duration(spec.start_timeout), now);
    } else if (by_itself || spec.start_timeout > 0) {
      deadline_ = due;
    }
  }
  if (armed_ && spec.watchdog > 0) {
    const MonoNs due = last_pat_ + spec.watchdog;
    if (now >= due) return miss_watchdog(spec, now);
    deadline_ = std::min(deadline_.value_or(due), due);
  }
  return std::nullopt;
}

std::optional<Action> LifeCycle::begin_stop(const BotSpec& spec, std::string reason, MonoNs now) {
  asked_ = !kept_failing_;
  cause_ = std::move(reason);
  set(BotState::stopping, cause_);
  if (spec.stop_timeout == 0) return begin_kill(now);
  phase_ = Phase::stopping;
  stop_deadline_ = now + spec.stop_timeout;
  return Action::terminate;
}

std::optional<Action> LifeCycle::miss_watchdog(const BotSpec& spec, MonoNs now) {
  kept_failing_ = watchdog_missed_ = true;
  cause_ = "missed its watchdog of " + format_duration(spec.watchdog);
  set(BotState::unready, cause_);
  if (spec.stop_timeout == 0) return begin_kill(now);
  phase_ = Phase::aborting;
  stop_deadline_ = now + std::min(spec.stop_timeout, kAbortGrace);
  return Action::abort;
}

std::optional<Action> LifeCycle::begin_kill(MonoNs now) {
  phase_ = Phase::killing;
  stop_deadline_ = now + kKillAgain;
  return Action::kill;
}

void LifeCycle::launched(MonoNs now) {
  phase_ = Phase::running;
  ready_ = armed_ = asked_ = restart_asked_ = kept_failing_ = struggling_ = watchdog_missed_ = false;
  cause_.clear();
  started_ = now;
  set(BotState::starting);
}

void LifeCycle::adopted(MonoNs started, bool ready, bool armed, MonoNs now) {
  launched(started);
  ready_ = ready;
  armed_ = armed;
  last_pat_ = now;  // nobody listened meanwhile: the bot gets a whole period
  if (ready) set(BotState::ready);
}

void LifeCycle::launch_failed(const BotSpec& spec, MonoNs now, std::string reason, Random& random) {
  end_reason_ = std::move(reason);
  const auto decision = policy_.on_end(spec, now, false, random);
  struggling_ = decision.struggling;
  // Nothing ran, so trying again at once would only turn in a circle.
  next_start_ = now + std::max(decision.delay, 100 * kMillisecond);
}

void LifeCycle::ended_before(const BotSpec& spec, MonoNs ended, int failures, bool finished, Random& random) {
  end_reason_ = "ended under an earlier keeper";
  finished_ = finished;
  if (failures == 0) return;
  policy_.restore(failures - 1);
  next_start_ = ended + policy_.on_end(spec, ended, false, random).delay;
}

void LifeCycle::notified(const BotSpec& spec, const NotifyMessage& message, MonoNs now) {
  if (phase_ != Phase::running) return;
  if (message.watchdog) {
    armed_ = true;
    last_pat_ = now;
  }
  if (message.stopping) set(BotState::stopping, "says that it is going down");
  // The first pat says as much as READY=1, unless start_timeout asks for that word itself.
  if (!ready_ && (message.ready || (message.watchdog && spec.start_timeout == 0))) {
    ready_ = true;
    if (!message.stopping) set(BotState::ready);
  }
}

void LifeCycle::exited(Ending ending, MonoNs now) {
  if (!process_alive()) return;
  ending_ = ending;
  end_reason_ = cause_.empty() ? ending.text() : cause_ + "; " + ending.text();
  phase_ = Phase::clearing;
  clearing_since_ = clear_at_ = now;
  clear_wait_ = kFirstLook;
}

void LifeCycle::cleared(const BotSpec& spec, bool empty, MonoNs now, Random& random) {
  if (phase_ != Phase::clearing) return;
  if (!empty) {
    clear_at_ = now + clear_wait_;
    clear_wait_ = std::min(clear_wait_ * 2, kLongestLook);
    return;
  }
  phase_ = Phase::idle;
  decide(spec, now, !kept_failing_ && (ready_ || now - started_ >= kLivedEnough), random);
}

void LifeCycle::decide(const BotSpec& spec, MonoNs now, bool good, Random& random) {
  const bool failed = kept_failing_ || !ending_.clean();
  next_start_ = now;
  struggling_ = false;
  if (asked_) return;
  if (spec.restart == Restart::never || (spec.restart == Restart::on_failure && !failed)) {
    finished_ = true;
    end_reason_ += "; its restart setting leaves it so";
    return;
  }
  const auto decision = policy_.on_end(spec, now, good, random);
  struggling_ = decision.struggling;
  next_start_ = now + decision.delay;
}

void LifeCycle::restart(MonoNs now) {
  if (phase_ == Phase::running) {
    restart_asked_ = true;
  } else if (phase_ == Phase::idle) {
    start_afresh(now);
  }
}

void LifeCycle::start_afresh(MonoNs now) {
  finished_ = false;
  struggling_ = false;
  if (phase_ == Phase::idle) next_start_ = now;
  policy_.reset();
}

}  // namespace steward::keeper
