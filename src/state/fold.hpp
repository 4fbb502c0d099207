#pragma once

#include <set>
#include <string>
#include <string_view>

#include "journal/event.hpp"
#include "state/activity_fold.hpp"
#include "state/bot_fold.hpp"
#include "state/market_fold.hpp"
#include "state/model.hpp"
#include "state/money_fold.hpp"
#include "state/order_fold.hpp"
#include "state/series_fold.hpp"
#include "state/trading_day.hpp"

namespace steward::state {

/// The rules of docs/formats/journal.md: what each event does to the model. No I/O and no clock of its own:
/// the same events give the same model. The runs of a bot come one after the other, each ended by end_run();
/// the keeper's events touch only what is the keeper's to say, so how the two are interleaved does not
/// matter. One thread at a time.
class Fold {
 public:
  /// `model` outlives the fold. Once rows were loaded into it, restore() makes the fold go on from there.
  Fold(Model& model, TradingDay day);
  void restore();

  /// `at` is when an event counts that does not say so.
  void apply(std::string_view bot, std::string_view run, const journal::Event& event, WallNs at);
  void bad_line(std::string_view bot, std::string_view file, std::int64_t offset, std::string_view reason,
                WallNs at);
  void shrunk(std::string_view bot);
  /// The run has ended and all its events were applied.
  void end_run(std::string_view bot, std::string_view run, WallNs at);
  void scraped(const Scraped& scraped);
  /// It is `now`: begins a new trading day, a new hour, when one has begun.
  void set_now(WallNs now) { money_.set_now(now), activity_.set_now(now); }

 private:
  void begin_run(std::string_view bot, std::string_view run);
  void bots_event(const Source& source, const journal::Event& event);
  JournalFacts& facts(std::string_view bot);
  std::string_view strategy_of(std::string_view bot, const journal::Event& event);
  void note(const Source& source, std::string_view level, std::string_view text);
  void error(const Source& source, const journal::Event& event);

  Model& model_;
  MarketFold markets_;
  ActivityFold activity_;
  OrderFold orders_;
  MoneyFold money_;
  BotFold bots_;
  SeriesFold series_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> strategies_;
};

}  // namespace steward::state
