#include "state/model.hpp"

#include <set>

#include "state/rows.hpp"

namespace steward::state {

std::string key_of(const Ledger& row) {
  const bool of_run = row.simulated || row.market_id.empty();
  return key_from(row.bot, of_run ? row.run : std::string(), row.strategy, row.market_id);
}

std::string key_of(const Series& row) {
  std::string key = key_from(row.bot, row.name);
  for (const auto& [label, value] : row.labels) append_key(key, label), append_key(key, value);
  return key;
}

const Bot* Model::bot(std::string_view name) const {
  const auto* entry = bots.find(name);
  return entry == nullptr ? nullptr : &entry->row;
}

const Keeper* Model::keeper() const {
  return keepers.size() == 0 ? nullptr : &keepers.rows().begin()->second.row;
}

std::map<std::pair<std::string, std::string>, std::int64_t> Model::orders_placed() const {
  std::map<std::pair<std::string, std::string>, std::int64_t> sums;
  for (const auto& [id, entry] : placed.rows())
    sums[{entry.row.strategy, entry.row.market_type}] += entry.row.count;
  return sums;
}

std::int64_t Model::total_orders() const {
  std::int64_t sum = 0;
  for (const auto& [id, entry] : placed.rows()) sum += entry.row.count;
  return sum;
}

Latency Model::latency() const {
  Latency sum;
  const auto add = [&](const Latency& part) {
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) sum.buckets[i] += part.buckets[i];
    sum.count += part.count, sum.sum_ns += part.sum_ns;
  };
  for (const auto& [id, entry] : latencies.rows()) add(entry.row);
  for (const auto& [id, entry] : scraped_latencies.rows()) add(entry.row);
  return sum;
}

std::map<std::string, std::int64_t> Model::active_positions() const {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [id, entry] : placed.rows()) counts[entry.row.strategy];
  for (const auto& [id, entry] : profits.rows()) counts[entry.row.strategy];
  for (const auto& [id, entry] : positions.rows()) ++counts[entry.row.strategy];
  for (const auto& [id, entry] : scraped_strategies.rows())
    counts[entry.row.strategy] += entry.row.active_positions;
  return counts;
}

std::map<std::string, Pence> Model::unrealized() const {
  std::map<std::string, Pence> sums;
  for (const auto& [id, entry] : placed.rows()) sums[entry.row.strategy];
  for (const auto& [id, entry] : profits.rows()) sums[entry.row.strategy] += entry.row.unrealized;
  for (const auto& [id, entry] : scraped_strategies.rows()) sums[entry.row.strategy] += entry.row.unrealized;
  return sums;
}

std::map<std::string, Pence> Model::daily_pnl() const {
  std::map<std::string, Pence> sums;
  for (const auto& [id, entry] : profits.rows()) sums[entry.row.currency] += entry.row.day();
  return sums;
}

std::map<std::string_view, std::int64_t> Model::open_markets() const {
  std::map<std::string_view, std::int64_t> counts;
  for (const auto& [id, entry] : markets.rows()) {
    if (!entry.row.ended) ++counts[entry.row.bot];
  }
  return counts;
}

std::int64_t Model::active_markets() const {
  std::set<std::string_view> ids;
  for (const auto& [id, entry] : markets.rows()) {
    if (!entry.row.ended) ids.insert(entry.row.market_id);
  }
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace steward::state
