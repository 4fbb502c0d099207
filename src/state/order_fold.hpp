#pragma once

#include <deque>
#include <string>

#include "journal/event.hpp"
#include "state/activity_fold.hpp"
#include "state/market_fold.hpp"
#include "state/model.hpp"
#include "state/source.hpp"

namespace steward::state {

/// Folds `order.*`: orders, orders_placed_total and the latency histograms.
class OrderFold {
 public:
  OrderFold(Model& model, MarketFold& markets, ActivityFold& activity)
      : model_(model), markets_(markets), activity_(activity) {}

  void restore();
  void apply(const Source& source, const journal::Event& event);
  /// The market is closed: nothing in it is open any more.
  void close_market(const MarketLinks& links);
  /// The exchange of simulated orders ended with the run.
  void end_run(std::string_view bot, std::string_view run);

 private:
  using Entry = Table<Order>::Entry;
  Entry& entry_of(const Source& source, const journal::Event& event);
  void take_fields(Order& order, const journal::Event& event);
  void take_market(Entry& entry, const journal::Event& event);
  void count_placed(const Order& order);
  void time_answer(Order& order, std::int64_t latency_ns, WallNs at);
  void restore_answers();
  void set_ended(Entry& entry);

  Model& model_;
  MarketFold& markets_;
  ActivityFold& activity_;
  std::deque<std::int64_t> ended_;  // oldest first
  std::string key_;
};

/// What the event makes of the order's status and of what remains of it, once its fields are taken. Exposed
/// for tests.
void advance_status(Order& order, const journal::Event& event);

/// The bucket of `latency` that takes `ns`, and one more in it.
void add_latency(Latency& latency, std::int64_t ns);

}  // namespace steward::state
