#include "trading/trade_loop.hpp"

#include <algorithm>

namespace steward::trading {

namespace {
constexpr MonoNs kReportEvery = kSecond;
constexpr MonoNs kTurnAtLeast = 250 * kMillisecond;
}  // namespace

/// A third of the watchdog's time, so that one late turn does no harm.
MonoNs TradeLoop::turn_every() const {
  const std::int64_t watchdog = notifier_.watchdog_ns();
  return watchdog > 0 ? std::min(kTurnAtLeast, watchdog / 3) : kTurnAtLeast;
}

Status TradeLoop::run(StopSignal& stop, bool once) {
  last_turn_ = last_report_ = last_data_ = clock_.mono();
  for (;;) {
    auto message = stream_.next();
    if (!message) return std::unexpected(std::move(message).error());
    if (!*message) return {};
    if (engine_.markets() == 0 && ready_) pacer_.skip_gap();
    const MonoNs due = pacer_.due((*message)->publish_time, clock_.mono());
    if (!wait_for(due, stop)) return {};
    take(**message, due);
    if (once && engine_.totals().markets_settled > 0) return {};
  }
}

bool TradeLoop::wait_for(MonoNs due, StopSignal& stop) {
  for (;;) {
    const MonoNs now = clock_.mono();
    const bool turning = now >= next_turn();
    if (turning) turn();
    if (now >= due) return !turning || !stop.wait_until(now, clock_);
    if (stop.wait_until(std::min(due, next_turn()), clock_)) return false;
  }
}

void TradeLoop::take(const betfair::StreamMessage& message, MonoNs due) {
  engine_.on_message(message);
  last_data_ = clock_.mono();
  lag_ = std::max<MonoNs>(0, last_data_ - due);
  last_publish_time_ = message.publish_time;
  if (!ready_ && engine_.totals().books > 0) {
    ready_ = true;
    notifier_.ready();
    turn();
  }
}

void TradeLoop::turn() {
  const MonoNs now = last_turn_ = clock_.mono();
  if (ready_) notifier_.watchdog();
  if (now - last_report_ < kReportEvery) return;
  last_report_ = now;
  reporter_.stream(lag_, now - last_data_, engine_.markets());
  if (const std::int64_t bad = stream_.counters().bad_lines; bad != told_bad_lines_) {
    told_bad_lines_ = bad;
    reporter_.counter("stream_bad_lines_total", bad);
  }
  notifier_.status(status_text());
}

std::string TradeLoop::status_text() const {
  const TradingContext& totals = engine_.totals();
  return fmt::format("{} markets, {} orders placed, {} markets settled, profit {}{}", engine_.markets(),
                     totals.orders_placed, totals.markets_settled,
                     format_money(totals.realized - totals.commission, "GBP"),
                     totals.gate_reason.empty() ? "" : ", gate closed: " + totals.gate_reason);
}

}  // namespace steward::trading
