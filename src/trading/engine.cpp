#include "trading/engine.hpp"

namespace steward::trading {

void Engine::on_message(const betfair::StreamMessage& message) {
  if (message.op != betfair::StreamMessage::Op::market_change) return;
  for (const betfair::MarketChange& change : message.markets) {
    on_market(change, message.publish_time, !message.unfit);
  }
}

void Engine::on_market(const betfair::MarketChange& change, std::int64_t publish_time, bool fit) {
  auto at = markets_.find(change.market_id);
  if (at == markets_.end()) {
    // A settled market is told again as long as one subscribes to it.
    if (change.definition && change.definition->status == MarketStatus::closed) return;
    std::string id(change.market_id);
    at = markets_.emplace(id, std::make_unique<MarketTrader>(id, context_)).first;
  }
  if (!at->second->on_change(change, publish_time, fit)) markets_.erase(at);
}

void Engine::stop() {
  for (auto& [id, market] : markets_) market->stop();
}

const MarketTrader* Engine::market(std::string_view market_id) const {
  const auto at = markets_.find(market_id);
  return at == markets_.end() ? nullptr : at->second.get();
}

}  // namespace steward::trading
