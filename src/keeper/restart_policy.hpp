#pragma once

#include <deque>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "keeper/plan.hpp"

namespace steward::keeper {

/// When a bot that ended is started again: `restart_delay`, doubled with every run in a row that came to
/// nothing, up to `restart_delay_max`, with up to a quarter of chance on top so that bots that fell together
/// do not rise together. More than `budget` restarts within its window make the bot *struggling*: it is tried
/// at the longest delay only, for ever, until the window has emptied. No I/O, no clock of its own; one owner.
class RestartPolicy {
 public:
  struct Decision {
    std::int64_t delay = 0;
    bool struggling = false;
  };

  /// `good`: the run was ready or lived a second, which resets the back-off.
  Decision on_end(const BotSpec& spec, MonoNs now, bool good, Random& random);

  /// Forgets the past, as when a person starts the bot.
  void reset() { *this = {}; }

  /// Runs in a row that came to nothing.
  int failures() const { return failures_; }
  /// What an earlier keeper had counted.
  void restore(int failures) { failures_ = failures; }

 private:
  int failures_ = 0;
  std::deque<MonoNs> restarts_;  // within the window; at most the budget + 1
};

}  // namespace steward::keeper
