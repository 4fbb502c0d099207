#include "trading/strategies/lay_the_drifter.hpp"

namespace steward::trading {

StrategyInfo LayTheDrifter::info() {
  return {"lay-the-drifter",
          "lays runners whose price goes out before the off",
          {{"stake", "2", "backer's stake of each lay"},
           {"watch", "3m", "prices are remembered from this long before the off"},
           {"drift", "5%", "lays a runner whose price has risen by this much"},
           {"max_price", "12", "leaves longer runners alone; bounds the liability"},
           {"cancel_after", "20s", "withdraws what has not matched by then"}}};
}

LayTheDrifter::LayTheDrifter(Parameters& parameters)
    : stake_(parameters.money("stake")),
      watch_ms_(parameters.duration_ms("watch")),
      cancel_after_ms_(parameters.duration_ms("cancel_after")),
      drift_(parameters.percent("drift")),
      max_price_(parameters.price("max_price")) {}

void LayTheDrifter::on_market_book(const MarketBook& book, OrderEntry& entry) {
  const betfair::MarketDefinition& market = book.definition();
  if (market.status != MarketStatus::open) return;
  for (Order& order : entry.orders()) {
    if (order.status == OrderStatus::executable && book.publish_time() - order.placed >= cancel_after_ms_) {
      entry.cancel(order);
    }
  }
  if (market.in_play || market.market_time / kMillisecond - book.publish_time() > watch_ms_) return;
  Watched& watched = watched_[book.market_id()];
  for (const RunnerBook& runner : book.runners()) consider(runner, watched, entry);
}

void LayTheDrifter::consider(const RunnerBook& runner, Watched& watched, OrderEntry& entry) const {
  if (runner.status != RunnerStatus::active || runner.available_to_back.empty() ||
      runner.available_to_lay.empty()) {
    return;
  }
  const Price price = runner.available_to_lay.best().price;
  const Price first = watched.first_price.emplace(runner.selection_id, price).first->second;
  const auto wanted = static_cast<std::int64_t>(first) * (10'000 + drift_);
  if (static_cast<std::int64_t>(price) * 10'000 < wanted || price > max_price_) return;
  if (watched.laid.contains(runner.selection_id)) return;
  if (entry.place({runner.selection_id, runner.handicap, Side::lay, price, stake_})) {
    watched.laid.insert(runner.selection_id);
  }
}

}  // namespace steward::trading
