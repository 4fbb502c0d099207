// links: steward_trading
// One line of a market stream: whatever the bytes, the decoder must refuse it or give a message that a book
// can take without breaking its own rules.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "exchange/betfair/stream_decoder.hpp"
#include "trading/book.hpp"

namespace {
using namespace steward;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_ladder(const trading::PriceLevels& ladder, bool descending) {
  const auto levels = ladder.levels();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    check(levels[i].size > 0);
    check(i == 0 ||
          (descending ? levels[i - 1].price > levels[i].price : levels[i - 1].price < levels[i].price));
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  text.append(betfair::kLinePadding, '\0');
  betfair::StreamDecoder decoder;
  const auto message = decoder.decode({text.data(), size});
  if (!message) return 0;
  trading::MarketBook book("1.1");
  // Twice: the second time every price is known.
  for (int i = 0; i < 2; ++i) {
    for (const betfair::MarketChange& change : (*message)->markets)
      book.apply(change, (*message)->publish_time);
  }
  for (const trading::RunnerBook& runner : book.runners()) {
    check_ladder(runner.available_to_back, true);
    check_ladder(runner.available_to_lay, false);
    check_ladder(runner.traded_volume, false);
    check_ladder(runner.sp_back, true);
    check_ladder(runner.sp_lay, false);
  }
  return 0;
}
