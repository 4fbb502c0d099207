#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "keeper/launcher.hpp"
#include "keeper/life_cycle.hpp"

namespace steward::keeper {

/// One bot as people and the agent see it.
struct BotView {
  std::string name;
  Role role = Role::bot;
  BotState state = BotState::stopped;
  std::string reason;
  pid_t pid = 0;
  std::string run;
  std::string cgroup;
  std::uint64_t restarts = 0;
  WallNs since = 0;       ///< of the state
  std::string last_exit;  ///< of the run before; empty: none
  WallNs next_start = 0;  ///< 0: not waiting
  Gate gate;
  std::string spec;  ///< hash of the definition in force
  bool staged = false, down = false;
  std::string status;  ///< the bot's own words
};

/// All the bots of a plan: their lives, their order, the operator's wishes. Knows no file, process or socket:
/// it works through a Launcher, a BotStore and an EventSink, so a test can run years of it. One thread. Call
/// settle() after any input.
class Supervisor {
 public:
  Supervisor(Launcher& launcher, BotStore& store, EventSink& events, const Clock& clock, Random& random);

  /// Takes a plan into force: new bots begin (adopting what lives), changed ones are staged, missing ones are
  /// stopped and removed.
  void apply(const Plan& plan);

  /// The main process of a bot's run has ended.
  void exited(const std::string& bot, Ending ending);
  void notified(const std::string& bot, const NotifyMessage& message);

  Status start(const std::string& bot);
  Status stop(const std::string& bot);
  Status restart(const std::string& bot);
  Status halt(const std::string& bot_or_all, const std::string& by, const std::string& reason);
  Status resume(const std::string& bot_or_all, const std::string& by);
  Status stop_all();
  /// Everything stops in reverse order, the agent last; done() when it has.
  void shut_down();

  /// Does all that is due now.
  void settle();
  /// When settle() is to be called though nothing happened; negative: never.
  MonoNs deadline() const;
  bool shutting_down() const { return shutting_down_; }
  bool done() const;

  std::vector<BotView> view() const;
  /// Whether the plan's agent is ready, and whether it struggles; without an agent it is ready.
  std::pair<bool, bool> agent() const;
  /// Writes bot.state for every bot, as after lines were lost.
  void tell_all();

 private:
  struct Bot {
    BotSpec spec;  // in force: that of the run, else the plan's
    std::optional<BotSpec> staged;
    std::string hash, plan_hash;
    LifeCycle life;
    Gate gate;
    bool down = false, removed = false;
    bool stops_in_order = false;  // waits for those that run after it
    Launched run;
    bool has_run = false, exit_told = false, known_start = true;
    std::uint64_t restarts = 0;
    std::string last_exit, status;
    RunNote noted;
    bool stuck_told = false;
    BotState told_state = BotState::stopped;
    std::string told_as;  // the last bot.state without its time
    WallNs since = 0;
  };

  Bot* find(const std::string& name);
  Result<Bot*> need(const std::string& name);
  void add(const BotSpec& spec);
  void adopt(Bot& bot, const Found& found);
  Conditions conditions(const Bot& bot) const;
  bool others_gone(const Bot& bot) const;
  bool step(Bot& bot);
  void perform(Bot& bot, Action action);
  void launch(Bot& bot);
  void clear(Bot& bot);
  void end_run(Bot& bot);
  void note(Bot& bot);
  void take_staged(Bot& bot);
  void tell(Bot& bot);
  void tell_started(const Bot& bot, bool adopted);
  void trouble(std::string_view what, const std::string& text, bool over = false);
  Status set_gate(const std::string& which, bool open, const std::string& by, const std::string& reason);
  Status set_down(Bot& bot, bool down);
  WallNs wall_of(MonoNs mono) const { return clock_.wall() + (mono - clock_.mono()); }

  Launcher& launcher_;
  BotStore& store_;
  EventSink& events_;
  const Clock& clock_;
  Random& random_;
  // In the plan's order, which is the order of starts; stable addresses.
  std::vector<std::unique_ptr<Bot>> bots_;
  std::map<std::string, Bot*, std::less<>> by_name_;
  bool shutting_down_ = false;
};

}  // namespace steward::keeper
