#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/event.hpp"
#include "state/model.hpp"
#include "state/source.hpp"

namespace steward::state {

/// Ids of the rows that hang on one market of one bot.
struct MarketLinks {
  std::vector<std::int64_t> orders, positions, ledgers;
};

/// Folds `market.*`. Knows which rows hang on a market, so that its close is cheap.
class MarketFold {
 public:
  explicit MarketFold(Model& model) : model_(model) {}

  void restore();
  void apply(const Source& source, const journal::Event& event);
  MarketLinks& links(std::string_view bot, std::string_view market_id);
  /// The links of a market that is closed; they are forgotten.
  MarketLinks take_links(std::string_view bot, std::string_view market_id);
  const Market* find(std::string_view bot, std::string_view market_id);
  /// Whether this run saw the market close.
  bool closed_in(const Source& source, std::string_view market_id);
  /// Ends the markets that the run followed.
  void end_run(std::string_view bot, std::string_view run);

 private:
  Table<Market>::Entry& entry_of(const Source& source, std::string_view market_id);
  void set_ended(Table<Market>::Entry& entry);
  void drop(Table<Market>::Entry& entry);
  /// Takes rows out that are gone; true when none are left.
  bool prune(MarketLinks& links) const;

  Model& model_;
  std::unordered_map<std::string, MarketLinks> links_;
  std::deque<std::int64_t> ended_;  // oldest first
  std::string key_;
};

}  // namespace steward::state
