#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/spawn.hpp"

namespace steward::keeper {

/// When the plan's `on_agent_dead` is to be run: the agent has been other than ready for a while, or
/// struggles; once, until it has been ready for a while again. Not while we stop. A state machine without
/// I/O.
class AgentWatch {
 public:
  static constexpr std::int64_t kDeadAfter = 30 * kSecond, kWellAfter = 30 * kSecond;

  enum class Verdict { nothing, dead, well };
  /// Asked about once a second; `dead` and `well` are each said once, in turns.
  Verdict look(bool ready, bool struggling, MonoNs now);

 private:
  bool was_ready_ = false, told_ = false;
  MonoNs since_ = 0;  ///< it is ready, or is not
};

/// Runs one command at a time for its effect, and kills it and what shares its session when it takes too
/// long. The launcher reaps it. One thread.
class HelperCommand {
 public:
  static constexpr std::int64_t kTimeout = 60 * kSecond;

  /// `env`: all it gets. Fails when the one before still runs.
  Status begin(const std::vector<std::string>& args, std::vector<std::string> env, MonoNs now);
  /// About once a second.
  void tend(MonoNs now);

 private:
  Spawned child_;
  MonoNs kill_at_ = 0;
};

}  // namespace steward::keeper
