#pragma once

#include <deque>
#include <limits>
#include <string>

#include "exchange/betfair/stream_decoder.hpp"
#include "exchange/simulator/synthetic_market.hpp"

namespace steward::simulator {

struct SyntheticOptions {
  std::uint64_t seed = 1;
  std::int64_t start = 0;           ///< publish time of the first line, ms since 1970
  std::int64_t first_off = 35'000;  ///< ms from start to the first race
  std::int64_t every = 60'000;      ///< ms from race to race
  std::int64_t betting = 180'000;   ///< a market opens so many ms before its off, none before start
  std::int64_t markets = std::numeric_limits<std::int64_t>::max();
  std::string id_prefix = "1.9";  ///< of market ids; the number of the race follows
};

/// Market ids that no other run gives out: from the start time and the seed.
std::string unique_prefix(std::int64_t start, std::uint64_t seed);
/// Market ids that each run of this seed repeats.
std::string fixed_prefix(std::uint64_t seed);

/// One race after the other, several at a time, as lines of the market stream in the order of their publish
/// time.
class SyntheticLines {
 public:
  explicit SyntheticLines(SyntheticOptions options) : options_(std::move(options)) {}
  /// False when all races were run.
  bool next(std::string& line);

 private:
  SyntheticMarket::Times times_of(std::int64_t race) const;
  void open_due();

  SyntheticOptions options_;
  std::deque<SyntheticMarket> open_;
  std::int64_t opened_ = 0;
};

/// The same as a market stream, through the decoder that also reads the exchange.
class SyntheticStream final : public betfair::MarketStream {
 public:
  explicit SyntheticStream(SyntheticOptions options) : lines_(std::move(options)) {}
  Result<const betfair::StreamMessage*> next() override;
  betfair::StreamCounters counters() const override { return counters_; }

 private:
  SyntheticLines lines_;
  std::string line_;
  betfair::StreamDecoder decoder_;
  betfair::StreamCounters counters_;
};

}  // namespace steward::simulator
