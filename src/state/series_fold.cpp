#include "state/series_fold.hpp"

#include <set>

#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;

namespace {

/// The newest value of a counter that may have begun again.
void count_on(Series& row, double value, bool begun_again) {
  if (begun_again) row.before += row.newest;
  row.newest = value;
  row.value = row.before + value;
}

}  // namespace

void SeriesFold::restore() {
  for (const auto& [id, entry] : model_.series.rows()) ++of_bot_[entry.row.bot];
}

Table<Series>::Entry* SeriesFold::entry_of(Series row, Bot& bot) {
  if (auto* known = model_.series.find(key_of(row))) return known;
  std::size_t& count = of_bot_[row.bot];
  if (count >= kMostSeries) {
    ++bot.series_refused;
    return nullptr;
  }
  ++count;
  return &model_.series.add(std::move(row));
}

void SeriesFold::metric(const Source& source, const Event& event, Bot& bot) {
  Series row;
  row.bot = source.bot, row.name = event.text(Field::name);
  for (std::size_t i = 0; i < event.label_count; ++i) {
    row.labels.emplace(event.labels[i].first, event.labels[i].second);
  }
  if (event.has(Field::strategy) && source.strategy != source.bot)
    row.labels.emplace("strategy", source.strategy);
  auto* entry = entry_of(std::move(row), bot);
  if (entry == nullptr) return;
  Series& series = entry->row;
  series.counter = event.text(Field::kind) == "counter";
  const double value = event.real(Field::value);
  if (series.counter) {
    count_on(series, value, series.run != source.run || value < series.newest);
  } else {
    series.value = value;
  }
  series.run = source.run;
  model_.series.touch(*entry);
}

void SeriesFold::end_run(std::string_view bot, std::string_view run) {
  std::size_t& count = of_bot_[std::string(bot)];
  model_.series.erase_if([&](const Series& row) {
    const bool over = !row.counter && !row.scraped && row.bot == bot && row.run == run;
    if (over) --count;
    return over;
  });
}

void SeriesFold::begin_run(std::string_view bot) {
  for (const auto& [id, entry] : model_.series.rows()) {
    if (!entry.row.scraped || !entry.row.counter || entry.row.bot != bot || entry.row.newest == 0) continue;
    auto& known = *model_.series.find_id(id);
    known.row.before += known.row.newest, known.row.newest = 0;
    model_.series.touch(known);
  }
  for (const auto& [id, entry] : model_.placed.rows()) {
    if (entry.row.bot != bot || entry.row.newest == 0) continue;
    auto& known = *model_.placed.find_id(id);
    known.row.before += known.row.newest, known.row.newest = 0;
    model_.placed.touch(known);
  }
  auto* latency = model_.scraped_latencies.find(bot);
  if (latency == nullptr || latency->row.newest.count == 0) return;
  latency->row.before = latency->row, latency->row.newest = {};
  model_.scraped_latencies.touch(*latency);
}

void SeriesFold::scraped(const Scraped& scraped, Bot& bot) {
  if (!scraped.run.empty() && scraped.run != bot.run) return;
  scraped_series(scraped, bot);
  scraped_orders(scraped);
  scraped_latency(scraped);
}

void SeriesFold::scraped_series(const Scraped& scraped, Bot& bot) {
  std::set<std::int64_t> told;
  for (const Series& given : scraped.series) {
    Series row = given;
    row.bot = scraped.bot, row.scraped = true, row.value = row.before = row.newest = 0, row.run.clear();
    auto* entry = entry_of(std::move(row), bot);
    if (entry == nullptr) continue;
    Series& series = entry->row;
    told.insert(entry->id);
    const double old = series.newest, shown = series.value;
    series.counter = given.counter, series.scraped = true;
    if (series.counter) {
      count_on(series, given.value, given.value < old);
    } else {
      series.value = given.value;
    }
    if (series.value != shown || series.newest != old || !series.counter) model_.series.touch(*entry);
  }
  std::size_t& count = of_bot_[scraped.bot];
  std::vector<std::int64_t> over;
  for (const auto& [id, entry] : model_.series.rows()) {
    const Series& row = entry.row;
    if (row.scraped && !row.counter && row.bot == scraped.bot && !told.contains(id)) over.push_back(id);
  }
  for (const std::int64_t id : over) model_.series.erase(*model_.series.find_id(id)), --count;
}

void SeriesFold::scraped_orders(const Scraped& scraped) {
  std::string key;
  for (const OrdersPlaced& given : scraped.placed) {
    auto* entry = model_.placed.find(make_key(key, scraped.bot, given.strategy, given.market_type));
    if (entry == nullptr) {
      if (model_.placed.size() >= kMostStrategies * kMostStrategies) continue;
      OrdersPlaced row;
      row.bot = scraped.bot, row.strategy = given.strategy, row.market_type = given.market_type;
      entry = &model_.placed.add(std::move(row));
    }
    OrdersPlaced& row = entry->row;
    if (row.newest == given.count) continue;
    if (given.count < row.newest) row.before += row.newest, row.newest = 0;
    row.count += given.count - row.newest;
    row.newest = given.count;
    model_.placed.touch(*entry);
  }
  model_.scraped_strategies.erase_if([&](const ScrapedStrategy& row) { return row.bot == scraped.bot; });
  for (const ScrapedStrategy& given : scraped.strategies) {
    if (model_.scraped_strategies.find(make_key(key, scraped.bot, given.strategy)) != nullptr) continue;
    ScrapedStrategy row = given;
    row.bot = scraped.bot;
    model_.scraped_strategies.add(std::move(row));
  }
}

void SeriesFold::scraped_latency(const Scraped& scraped) {
  if (!scraped.latency) return;
  auto* entry = model_.scraped_latencies.find(scraped.bot);
  if (entry == nullptr) {
    ScrapedLatency row;
    row.bot = scraped.bot;
    entry = &model_.scraped_latencies.add(std::move(row));
  }
  ScrapedLatency& row = entry->row;
  const Latency& next = *scraped.latency;
  if (next.count == row.newest.count) return;
  const auto add = [](Latency& sum, const Latency& part) {
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) sum.buckets[i] += part.buckets[i];
    sum.count += part.count, sum.sum_ns += part.sum_ns;
  };
  if (next.count < row.newest.count) add(row.before, row.newest);
  row.newest = next;
  static_cast<Latency&>(row) = row.before;
  add(row, row.newest);
  model_.scraped_latencies.touch(*entry);
}

}  // namespace steward::state
