#include <cerrno>
#include <csignal>

#include "exchange/simulator/synthetic_stream.hpp"
#include "os/files.hpp"
#include "trading/trade.hpp"

namespace steward::trading {

namespace {
/// Noon of 2026-01-01: the same lines whenever they are written.
constexpr std::int64_t kStart = 1'767'268'800'000;
constexpr std::size_t kBlock = 256 << 10;
}  // namespace

Result<int> run_synthesize(const SynthesizeOptions& options, int fd) {
  if (options.markets < 1) return fail(Code::invalid, "--markets {}: expected 1 or more", options.markets);
  simulator::SyntheticOptions synthetic{.seed = options.seed, .start = kStart, .markets = options.markets};
  synthetic.first_off = synthetic.betting;
  synthetic.id_prefix = simulator::fixed_prefix(options.seed);
  simulator::SyntheticLines lines(std::move(synthetic));
  std::signal(SIGPIPE, SIG_IGN);
  std::string block, line;
  for (bool more = true; more;) {
    more = lines.next(line);
    if (more) block.append(line).append(1, '\n');
    if (more && block.size() < kBlock) continue;
    if (auto written = write_all(fd, block); !written) {
      if (errno == EPIPE) return 0;
      return fail(std::move(written).error(), "writing the synthetic market");
    }
    block.clear();
  }
  return 0;
}

}  // namespace steward::trading
