#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cli/status_report.hpp"

namespace steward::cli {

enum class Wish { start, stop, restart };

/// How a wish ended: the sentence a person is told, and whether it came true.
struct Verdict {
  bool fulfilled = false;
  std::string sentence;
};

/// Watches one bot after a wish was accepted until it is true or cannot become so. A state machine without
/// I/O: the command polls the status and feeds it in.
class Waiting {
 public:
  /// `before`: the bot as it was before the wish. `now` in the monotonic clock, here and below.
  Waiting(Wish wish, BotStatus before, MonoNs now)
      : wish_(wish), before_(std::move(before)), latest_(before_), begun_(now) {}

  /// Takes the newest status of the bot, null when it is no longer listed.
  std::optional<Verdict> observe(const BotStatus* bot, MonoNs now);
  /// The verdict when nobody wants to wait any longer.
  Verdict give_up(MonoNs now) const;
  /// What is being waited for, for a line that is drawn over.
  std::string progress(MonoNs now) const;

 private:
  std::optional<Verdict> observe_stop(const BotStatus& bot, MonoNs now) const;
  std::optional<Verdict> observe_start(const BotStatus& bot, MonoNs now) const;
  std::string name() const { return before_.name; }

  Wish wish_;
  BotStatus before_, latest_;
  MonoNs begun_;
};

}  // namespace steward::cli
