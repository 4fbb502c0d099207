#include "trading/trade.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/random.hpp"
#include "base/ulid.hpp"
#include "base/units.hpp"
#include "trading/trade_input.hpp"
#include "trading/trade_loop.hpp"

namespace steward::trading {

namespace {
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The random part of the run's ULID, so that no two runs give an order the same reference.
std::string ref_prefix(const Clock& clock) {
  constexpr std::size_t kTail = 16;
  std::string run = variable("STEWARD_RUN");
  SystemRandom random;
  if (!is_ulid(run)) run = make_ulid(clock.wall(), random);
  return run.substr(run.size() - kTail);
}

Result<std::int64_t> parse_commission(std::string_view text) {
  const std::string_view number = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
  const auto rate = parse_hundredths(number);
  if (rate && *rate >= 0 && *rate <= 10'000) return *rate;
  return fail(Code::invalid, "--commission {}: expected a percentage from 0% to 100%, such as 5%", text);
}

std::unique_ptr<Gate> open_gate() {
  const std::string path = variable("STEWARD_GATE");
  if (path.empty()) return std::make_unique<NoGate>();
  return std::make_unique<GateFile>(path);
}

void print_summary(const TradingContext& totals, const betfair::StreamCounters& counters,
                   std::int64_t took_ns) {
  fmt::print("{} messages ({} bad lines), {} books in {}\n", counters.messages, counters.bad_lines,
             totals.books, format_duration(took_ns));
  fmt::print("{} orders placed, {} matched, {} rejected, {} refused by the gate\n", totals.orders_placed,
             totals.orders_matched, totals.orders_rejected, totals.orders_refused_by_gate);
  fmt::print("{} markets settled, profit {}, commission {}, net {}\n", totals.markets_settled,
             format_money(totals.realized, "GBP"), format_money(totals.commission, "GBP"),
             format_money(totals.realized - totals.commission, "GBP"));
  std::fflush(stdout);
}
}  // namespace

Result<int> run_trade(const TradeOptions& options) {
  const SystemClock clock;
  auto speed = parse_speed(options.speed);
  if (!speed) return std::unexpected(std::move(speed).error());
  auto commission = parse_commission(options.commission);
  if (!commission) return std::unexpected(std::move(commission).error());
  auto settings = parse_settings(options.settings);
  if (!settings) return std::unexpected(std::move(settings).error());
  auto strategy = make_strategy(options.strategy, *settings);
  if (!strategy) return std::unexpected(std::move(strategy).error());
  auto stream = open_input(options, clock.wall() / kMillisecond);
  if (!stream) return std::unexpected(std::move(stream).error());
  auto stop = StopSignal::watch();
  if (!stop) return std::unexpected(std::move(stop).error());

  journal::Writer journal(variable("STEWARD_JOURNAL"), clock);
  const auto gate = open_gate();
  Notifier notifier = Notifier::from_environment();
  Reporter reporter(journal, options.strategy);
  Engine engine({.strategy = **strategy,
                 .gate = *gate,
                 .reporter = reporter,
                 .clock = clock,
                 .commission_hundredths = *commission,
                 .ref_prefix = ref_prefix(clock)});
  TradeLoop loop(**stream, engine, reporter, notifier, Pacer(*speed), clock);
  const MonoNs began = clock.mono();
  const Status ended = loop.run(*stop, options.once);
  notifier.stopping();
  engine.stop();
  print_summary(engine.totals(), (*stream)->counters(), clock.mono() - began);
  if (!ended) return std::unexpected(ended.error());
  return 0;
}

}  // namespace steward::trading
