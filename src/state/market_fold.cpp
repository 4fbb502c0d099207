#include "state/market_fold.hpp"

#include <algorithm>
#include <charconv>

#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;
using journal::Type;

void MarketFold::restore() {
  for (const auto& [id, entry] : model_.orders.rows()) {
    const Order& row = entry.row;
    if (!row.ended && !row.market_id.empty()) links(row.bot, row.market_id).orders.push_back(id);
  }
  for (const auto& [id, entry] : model_.positions.rows()) {
    links(entry.row.bot, entry.row.market_id).positions.push_back(id);
  }
  for (const auto& [id, entry] : model_.ledgers.rows()) {
    if (!entry.row.market_id.empty()) links(entry.row.bot, entry.row.market_id).ledgers.push_back(id);
  }
  std::vector<std::pair<WallNs, std::int64_t>> ended;
  for (const auto& [id, entry] : model_.markets.rows()) {
    if (entry.row.ended) ended.emplace_back(entry.row.updated, id);
  }
  std::ranges::sort(ended);
  for (const auto& [updated, id] : ended) ended_.push_back(id);
}

MarketLinks& MarketFold::links(std::string_view bot, std::string_view market_id) {
  make_key(key_, bot, market_id);
  return links_[key_];
}

MarketLinks MarketFold::take_links(std::string_view bot, std::string_view market_id) {
  make_key(key_, bot, market_id);
  auto node = links_.extract(key_);
  return node.empty() ? MarketLinks{} : std::move(node.mapped());
}

const Market* MarketFold::find(std::string_view bot, std::string_view market_id) {
  const auto* entry = model_.markets.find(make_key(key_, bot, market_id));
  return entry == nullptr ? nullptr : &entry->row;
}

bool MarketFold::closed_in(const Source& source, std::string_view market_id) {
  const Market* market = find(source.bot, market_id);
  return market != nullptr && market->closed && market->run == source.run;
}

void MarketFold::drop(Table<Market>::Entry& entry) {
  links_.erase(key_of(entry.row));
  model_.markets.erase(entry);
}

Table<Market>::Entry& MarketFold::entry_of(const Source& source, std::string_view market_id) {
  auto* entry = model_.markets.find(make_key(key_, source.bot, market_id));
  if (entry == nullptr) {
    if (model_.markets.size() >= kMostMarkets) drop(*model_.markets.oldest());
    Market market;
    market.bot = source.bot, market.run = source.run, market.market_id = market_id;
    entry = &model_.markets.add(std::move(market));
  }
  model_.markets.touch(*entry);
  return *entry;
}

void MarketFold::set_ended(Table<Market>::Entry& entry) {
  if (entry.row.ended) return;
  entry.row.ended = true;
  ended_.push_back(entry.id);
  for (; ended_.size() > kEndedMarkets; ended_.pop_front()) {
    auto* oldest = model_.markets.find_id(ended_.front());
    if (oldest != nullptr && oldest->row.ended) drop(*oldest);
  }
}

void MarketFold::apply(const Source& source, const Event& event) {
  auto& entry = entry_of(source, event.text(Field::market_id));
  Market& market = entry.row;
  market.run = source.run, market.updated = source.at;
  const auto take = [&](Field field, std::string& text) {
    if (event.has(field)) text = clip(event.text(field), 256);
  };
  take(Field::market_type, market.market_type), take(Field::market_name, market.market_name);
  take(Field::event_name, market.event_name), take(Field::venue, market.venue),
      take(Field::status, market.status);
  market.market_time = event.number(Field::market_time, market.market_time);
  market.in_play = event.number(Field::in_play, market.in_play) != 0;
  market.bet_delay = event.number(Field::bet_delay, market.bet_delay);
  const std::string_view version = event.text(Field::version);
  std::from_chars(version.data(), version.data() + version.size(), market.version);
  if (event.type == Type::market_closed) {
    market.closed = true, market.status = "CLOSED", market.in_play = false;
    set_ended(entry);
  } else {
    if (event.type == Type::market_opened) market.closed = false;
    if (!market.closed) market.ended = false;
  }
}

void MarketFold::end_run(std::string_view bot, std::string_view run) {
  std::vector<std::int64_t> over;
  for (const auto& [id, entry] : model_.markets.rows()) {
    if (!entry.row.ended && entry.row.bot == bot && entry.row.run == run) over.push_back(id);
  }
  for (const std::int64_t id : over) {
    auto* entry = model_.markets.find_id(id);
    if (entry == nullptr) continue;
    model_.markets.touch(*entry);
    set_ended(*entry);
  }
  // Links of markets that were never closed keep only what still exists.
  const std::string prefix = key_from(bot);
  for (auto at = links_.begin(); at != links_.end();) {
    const bool empty = at->first.starts_with(prefix) && prune(at->second);
    at = empty ? links_.erase(at) : std::next(at);
  }
}

bool MarketFold::prune(MarketLinks& links) const {
  std::erase_if(links.orders, [&](std::int64_t id) {
    const auto* order = model_.orders.find_id(id);
    return order == nullptr || order->row.ended;
  });
  std::erase_if(links.positions, [&](std::int64_t id) { return model_.positions.find_id(id) == nullptr; });
  std::erase_if(links.ledgers, [&](std::int64_t id) { return model_.ledgers.find_id(id) == nullptr; });
  return links.orders.empty() && links.positions.empty() && links.ledgers.empty();
}

}  // namespace steward::state
