#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "exchange/betfair/definition.hpp"

namespace steward::betfair {

/// The ladders of `rc`. The first four are keyed by level (0 is best), the others by price.
enum class LadderKind : std::uint8_t { batb, batl, bdatb, bdatl, atb, atl, trd, spb, spl };
inline constexpr std::size_t kLadderKinds = 9;
inline constexpr bool by_level(LadderKind kind) {
  return kind <= LadderKind::bdatl;
}

/// One entry of a ladder: the absolute size now at that level or price; size 0 removes it.
struct LevelChange {
  Price price = 0;
  std::int32_t level = 0;
  Pence size = 0;
};

/// One ladder of one runner; an empty span where the stream sent `[]`.
struct LadderChange {
  LadderKind kind{};
  std::span<const LevelChange> levels;
};

/// One entry of `rc`.
struct RunnerChange {
  std::int64_t selection_id = 0;
  std::int64_t handicap = 0;  ///< hundredths
  bool has_tv = false, has_ltp = false, has_spn = false, has_spf = false;
  Pence tv = 0;
  Price ltp = 0;
  Price spn = 0, spf = 0;  ///< 0 for "NaN" and "Infinity"
  std::span<const LadderChange> ladders;
};

/// One entry of `mc`.
struct MarketChange {
  std::string_view market_id;
  bool img = false;  ///< replaces all that was known of this market
  bool con = false;  ///< the exchange merged changes: we read too slowly
  bool has_tv = false;
  Pence tv = 0;
  const MarketDefinition* definition = nullptr;
  std::span<const RunnerChange> runners;
};

/// One line of the market stream. Everything it points to belongs to the decoder, until its next line.
struct StreamMessage {
  enum class Op : std::uint8_t { other, market_change };
  enum class ChangeType : std::uint8_t { update, sub_image, resub_delta, heartbeat };

  Op op = Op::other;
  ChangeType change_type = ChangeType::update;
  bool unfit = false;             ///< status 503: data may be late, unfit to trade on
  std::int64_t publish_time = 0;  ///< `pt`, milliseconds since 1970; 0: none
  std::int64_t id = 0;            ///< of the subscription it answers
  std::string_view clk, initial_clk;
  std::span<const MarketChange> markets;
};

/// What a source has seen so far.
struct StreamCounters {
  std::int64_t messages = 0;
  std::int64_t bad_lines = 0;  ///< did not parse; skipped
  std::int64_t bytes = 0;
};

/// Where market data comes from: a recording, a synthetic market, the exchange. One thread.
class MarketStream {
 public:
  virtual ~MarketStream() = default;
  /// The next message, which stays valid until the next call; nullptr at the end. Lines that do not parse are
  /// counted and skipped; an error means that nothing more can be read.
  virtual Result<const StreamMessage*> next() = 0;
  virtual StreamCounters counters() const = 0;
};

}  // namespace steward::betfair
