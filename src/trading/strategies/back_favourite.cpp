#include "trading/strategies/back_favourite.hpp"

namespace steward::trading {

namespace {
const RunnerBook* favourite(const MarketBook& book) {
  const RunnerBook* shortest = nullptr;
  for (const RunnerBook& runner : book.runners()) {
    if (runner.status != RunnerStatus::active || runner.available_to_back.empty() ||
        runner.available_to_lay.empty()) {
      continue;
    }
    if (!shortest || runner.available_to_back.best().price < shortest->available_to_back.best().price) {
      shortest = &runner;
    }
  }
  return shortest;
}
}  // namespace

StrategyInfo BackFavourite::info() {
  return {
      "back-favourite",
      "backs the favourite once, shortly before the off",
      {{"stake", "2", "money on each bet"},
       {"before_off", "60s", "bets when the market's start is this near"},
       {"min_price", "1.2", "lets a shorter favourite go"},
       {"max_price", "8", "lets a longer favourite go"},
       {"at", "back", "back: takes the best available to back; lay: queues at the best available to lay"}}};
}

BackFavourite::BackFavourite(Parameters& parameters)
    : stake_(parameters.money("stake")),
      before_off_ms_(parameters.duration_ms("before_off")),
      min_price_(parameters.price("min_price")),
      max_price_(parameters.price("max_price")),
      take_(parameters.choice("at", {"back", "lay"}) == "back") {}

void BackFavourite::on_market_book(const MarketBook& book, OrderEntry& entry) {
  const betfair::MarketDefinition& market = book.definition();
  if (market.status != MarketStatus::open || market.in_play || done_.contains(book.market_id())) return;
  if (market.market_time / kMillisecond - book.publish_time() > before_off_ms_) return;
  const RunnerBook* runner = favourite(book);
  if (!runner) return;
  const Price price = take_ ? runner->available_to_back.best().price : runner->available_to_lay.best().price;
  if (price < min_price_ || price > max_price_) return;
  if (entry.place({runner->selection_id, runner->handicap, Side::back, price, stake_}))
    done_.insert(book.market_id());
}

}  // namespace steward::trading
