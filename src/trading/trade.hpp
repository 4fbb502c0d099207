#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "trading/strategy.hpp"

namespace steward::trading {

/// `steward trade`
struct TradeOptions {
  std::vector<std::string>
      replay;                ///< recordings (plain or gzip), merged by publish time; or one "synthetic:SEED"
  std::string speed = "1x";  ///< "1x", "10x", any number from 0.01x on, "max"
  std::string strategy;
  std::vector<std::string> settings;  ///< "key=value"
  std::string commission = "5%";      ///< on a market's profit
  bool once = false;                  ///< synthetic: end when the first market is settled
  bool fixed_ids = false;             ///< synthetic: the same market ids in each run of a seed
};

/// Trades on paper until the input ends or SIGTERM or SIGINT comes; then withdraws what is open, journals,
/// and prints a summary. Reads STEWARD_JOURNAL, STEWARD_GATE, STEWARD_RUN, NOTIFY_SOCKET and WATCHDOG_USEC
/// from the environment; each may be missing. READY after the first book, WATCHDOG from this loop only.
/// Returns the exit status. Blocks SIGTERM and SIGINT of the calling thread while it runs.
Result<int> run_trade(const TradeOptions& options);

/// `steward synthesize`
struct SynthesizeOptions {
  std::uint64_t seed = 1;
  std::int64_t markets = 1;
};

/// Writes whole synthetic markets to `fd` as lines of the market stream: the same bytes for the same options.
/// A reader that goes away (EPIPE) ends it without an error.
Result<int> run_synthesize(const SynthesizeOptions& options, int fd = 1);

}  // namespace steward::trading
