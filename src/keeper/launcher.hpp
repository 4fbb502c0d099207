#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "keeper/gate.hpp"
#include "keeper/plan.hpp"

namespace steward::keeper {

/// A run that has begun.
struct Launched {
  std::string run;
  pid_t pid = 0;
  std::string cgroup;  ///< its folder; empty: none
};

/// What became of a run, once nothing of it is left.
struct Remains {
  std::size_t strays = 0;  ///< processes that had to be killed after the main one had ended
  bool oom = false;        ///< the kernel killed in its group for want of memory
};

/// What a run's record keeps for the next keeper.
struct RunNote {
  bool ready = false, armed = false;
  bool ended = false, finished = false;
  int failures = 0;
  MonoNs ended_at = 0;
};

/// Starts, signals and clears away the processes of bots: the supervisor's hands. A bot has at most one run;
/// how its main process ends comes to the supervisor as an input. The twin for tests is in fake_launcher.hpp.
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// The last run is proved gone when this is called. No record on disk, no start.
  virtual Result<Launched> launch(const BotSpec& spec, std::uint64_t restarts) = 0;
  /// To the main process; one that has just ended is no error.
  virtual void signal(const std::string& bot, int signal) = 0;
  /// SIGKILL to everything of the run.
  virtual void kill(const std::string& bot) = 0;
  /// The main process has ended: kills what it left. True: nothing is left, proved.
  virtual Result<bool> clear(const std::string& bot) = 0;
  virtual Remains remains(const std::string& bot) const = 0;
  /// Writes the note into the run's record.
  virtual void note(const std::string& bot, const RunNote& note) = 0;
  /// The run is over and told: the rest of its output is written and everything of it closed.
  virtual void finish(const std::string& bot) = 0;
  /// The bot is no longer in the plan: what was kept ready for it goes.
  virtual void forget(const std::string& bot) = 0;
};

/// What an earlier keeper left of a bot's newest run.
struct Found {
  Launched run;
  std::uint64_t restarts = 0;
  std::string spec;  ///< hash of the definition it was started with
  RunNote note;
  MonoNs started = 0;
  bool same_boot = true;
  bool alive = false;
  bool start_told = false, exit_told = false;  ///< the earlier keeper's journal has the events
};

/// What is on disk of a bot when the keeper first hears of it.
struct Past {
  Gate gate;
  bool down = false;
  std::optional<Found> found;
};

/// The operator's wishes and the bots' pasts, on disk. A failed save changes nothing in force.
class BotStore {
 public:
  virtual ~BotStore() = default;
  /// Makes what is missing. A gate that cannot be read is closed.
  virtual Past load(const BotSpec& spec) = 0;
  /// Visible to the bot when it returns, and durable.
  virtual Status save_gate(const BotSpec& spec, const Gate& gate) = 0;
  virtual Status save_down(const BotSpec& spec, bool down) = 0;
};

/// Where the supervisor's events go: the keeper's journal.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// One JSON object.
  virtual void event(std::string json) = 0;
};

}  // namespace steward::keeper
