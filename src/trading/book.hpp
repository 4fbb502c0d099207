#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/betfair/market_change.hpp"

namespace steward::trading {

using betfair::MarketStatus;
using betfair::RunnerStatus;

struct PriceSize {
  Price price = 0;
  Pence size = 0;
  friend bool operator==(const PriceSize&, const PriceSize&) = default;
};

/// A ladder keyed by price, best first: available to back and `spb` high to low, the others low to high. Flat
/// and sorted; most changes are near its front.
class PriceLevels {
 public:
  explicit PriceLevels(bool descending) : descending_(descending) {}
  /// Sets the size at a price, 0 removes it; returns the size before.
  Pence set(Price price, Pence size);
  Pence size_at(Price price) const;
  void clear() { levels_.clear(); }
  std::span<const PriceSize> levels() const { return levels_; }
  bool empty() const { return levels_.empty(); }
  /// The best entry, or zeros.
  PriceSize best() const { return levels_.empty() ? PriceSize{} : levels_.front(); }

 private:
  std::size_t find(Price price) const;
  bool descending_;
  std::vector<PriceSize> levels_;
};

/// A ladder keyed by level (`batb`, `bdatb`, …): the exchange says every level that moved, nothing shifts
/// here.
class LevelLadder {
 public:
  void set(std::int32_t level, Price price, Pence size);
  void clear() { levels_.clear(); }
  /// By level; a level without money has size 0.
  std::span<const PriceSize> levels() const { return levels_; }

 private:
  std::vector<PriceSize> levels_;
};

/// What was matched at one price since the book before: the size then and now.
struct TradedChange {
  Price price = 0;
  Pence before = 0;
  Pence now = 0;
};

/// All that is known of one runner. Sizes are absolute, in pence of GBP.
struct RunnerBook {
  std::int64_t selection_id = 0;
  std::int64_t handicap = 0;  ///< hundredths
  RunnerStatus status = RunnerStatus::active;
  std::optional<std::int64_t> adjustment_factor;
  Price bsp = 0;
  Price last_price_traded = 0;
  Pence total_matched = 0;
  Price near_price = 0, far_price = 0;
  PriceLevels available_to_back{true};  ///< `atb`
  PriceLevels available_to_lay{false};  ///< `atl`
  PriceLevels traded_volume{false};     ///< `trd`
  PriceLevels sp_back{true}, sp_lay{false};
  LevelLadder best_to_back, best_to_lay, display_to_back, display_to_lay;

  /// Prices whose traded volume changed in the last message, ascending; each price once.
  std::vector<TradedChange> traded_changes;

  bool is(std::int64_t selection, std::int64_t hc) const {
    return selection_id == selection && handicap == hc;
  }
};

/// One market as the stream tells it: every change applied in order. Owned by one thread.
class MarketBook {
 public:
  explicit MarketBook(std::string market_id) : market_id_(std::move(market_id)) {}

  /// Takes one `mc` published at `publish_time` (ms).
  void apply(const betfair::MarketChange& change, std::int64_t publish_time);

  const std::string& market_id() const { return market_id_; }
  std::int64_t publish_time() const { return publish_time_; }
  bool has_definition() const { return has_definition_; }
  const betfair::MarketDefinition& definition() const { return definition_; }
  MarketStatus status() const { return definition_.status; }
  /// The exchange merged changes because we read too slowly.
  bool conflated() const { return conflated_; }
  Pence total_matched() const { return total_matched_; }
  /// In the order of the first definition since the last image.
  std::span<const RunnerBook> runners() const { return runners_; }
  const RunnerBook* runner(std::int64_t selection_id, std::int64_t handicap) const;
  std::int64_t changes() const { return changes_; }

 private:
  RunnerBook& find_or_add(std::int64_t selection_id, std::int64_t handicap);
  void start_image(const betfair::MarketDefinition* definition);
  void apply_definition(const betfair::MarketDefinition& definition);
  void apply_runner(const betfair::RunnerChange& change, RunnerBook& runner);
  void rebuild_volumes();

  std::string market_id_;
  std::int64_t publish_time_ = 0;
  bool has_definition_ = false, conflated_ = false;
  betfair::MarketDefinition definition_;
  std::vector<RunnerBook> runners_;
  Pence total_matched_ = 0;
  std::int64_t changes_ = 0;
  std::size_t hint_ = 0;  ///< where the next runner of a message is likely to be
};

}  // namespace steward::trading
