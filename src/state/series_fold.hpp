#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/event.hpp"
#include "state/model.hpp"
#include "state/source.hpp"

namespace steward::state {

/// What one scrape of a bot gave. Names and labels are valid; counters are since its process began.
struct Scraped {
  std::string bot;
  std::string run;                   ///< that was asked; empty: not known
  std::vector<Series> series;        ///< name, labels, value, counter
  std::vector<OrdersPlaced> placed;  ///< strategy, market_type, count
  std::vector<ScrapedStrategy> strategies;
  std::optional<Latency> latency;  ///< in our buckets
};

/// Folds `metric` and what is scraped. Counters only grow: when a process begins again at 0, what the one
/// before came to stays in the sum.
class SeriesFold {
 public:
  explicit SeriesFold(Model& model) : model_(model) {}

  void restore();
  void metric(const Source& source, const journal::Event& event, Bot& bot);
  /// Nothing when the run that was asked is not the bot's newest: its process is gone.
  void scraped(const Scraped& scraped, Bot& bot);
  /// Another process answers from now on: what the one before came to stays in the sums.
  void begin_run(std::string_view bot);
  /// A run's gauges end with it.
  void end_run(std::string_view bot, std::string_view run);

 private:
  Table<Series>::Entry* entry_of(Series row, Bot& bot);
  void scraped_series(const Scraped& scraped, Bot& bot);
  void scraped_orders(const Scraped& scraped);
  void scraped_latency(const Scraped& scraped);

  Model& model_;
  std::map<std::string, std::size_t, std::less<>> of_bot_;
};

}  // namespace steward::state
