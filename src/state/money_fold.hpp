#pragma once

#include <deque>
#include <string>

#include "journal/event.hpp"
#include "state/market_fold.hpp"
#include "state/model.hpp"
#include "state/source.hpp"
#include "state/trading_day.hpp"

namespace steward::state {

/// Folds `position` and `pnl`: positions, the ledger of absolute values, profit and what was booked on which
/// day.
class MoneyFold {
 public:
  MoneyFold(Model& model, MarketFold& markets, TradingDay day)
      : model_(model), markets_(markets), day_(std::move(day)) {}

  void restore();
  void position(const Source& source, const journal::Event& event);
  void pnl(const Source& source, const journal::Event& event);
  void close_market(const Source& source, const MarketLinks& links);
  void end_run(const Source& source);
  /// It is `now`: begins a new trading day when one has begun.
  void set_now(WallNs now);

 private:
  using Entry = Table<Ledger>::Entry;
  struct Amounts {
    Pence realized = 0, commission = 0, unrealized = 0;
  };
  Entry& entry_of(const Source& source, const journal::Event& event);
  void begin_whole(const Source& source, const Ledger& whole);
  /// Makes the entry's values `next` and books the difference.
  void change(const Source& source, Entry& entry, const Amounts& next);
  void book(std::string_view bot, std::string_view strategy, WallNs at, const Amounts& difference);
  /// Takes what the day stands at for its high when it is the most; once an event's amounts are all booked.
  void mark_high(std::string_view bot, std::string_view strategy);
  Table<Profit>::Entry& profit_of(std::string_view bot, std::string_view strategy);
  void show_today();

  Model& model_;
  MarketFold& markets_;
  TradingDay day_;
  std::deque<std::int64_t> closed_;  // ledger entries of closed markets, oldest first
  std::string key_;
};

}  // namespace steward::state
