#pragma once

#include "os/notifier.hpp"
#include "trading/engine.hpp"
#include "trading/pacer.hpp"
#include "trading/stop_signal.hpp"

namespace steward::trading {

/// Drives an engine from a stream: waits until each message is due, tells the keeper that the loop turns, and
/// once a second the journal how fresh the data is. Borrows all it is given. One thread.
class TradeLoop {
 public:
  TradeLoop(betfair::MarketStream& stream, Engine& engine, Reporter& reporter, Notifier& notifier,
            Pacer pacer, const Clock& clock)
      : stream_(stream),
        engine_(engine),
        reporter_(reporter),
        notifier_(notifier),
        pacer_(pacer),
        clock_(clock) {}

  /// Until the input ends, a signal comes, or (`once`) a market is settled.
  Status run(StopSignal& stop, bool once);

 private:
  bool wait_for(MonoNs due, StopSignal& stop);
  void take(const betfair::StreamMessage& message, MonoNs due);
  void turn();
  MonoNs next_turn() const { return last_turn_ + turn_every(); }
  MonoNs turn_every() const;
  std::string status_text() const;

  betfair::MarketStream& stream_;
  Engine& engine_;
  Reporter& reporter_;
  Notifier& notifier_;
  Pacer pacer_;
  const Clock& clock_;
  bool ready_ = false;
  std::int64_t told_bad_lines_ = 0;
  std::int64_t last_publish_time_ = 0;
  MonoNs last_turn_ = 0, last_report_ = 0, last_data_ = 0, lag_ = 0;
};

}  // namespace steward::trading
