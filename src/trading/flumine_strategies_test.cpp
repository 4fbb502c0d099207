#include "trading/flumine_strategies_test.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "trading/matching.hpp"

namespace steward::trading::test {

namespace {
constexpr Pence kStake = 200;

class Noop final : public FlumineStrategy {
  void act(const MarketBook&, OrderEntry&) override {}
};

/// One BACK per active runner, at the best price of one side, inside a window before the start.
class BackOnce final : public FlumineStrategy {
 public:
  BackOnce(bool at_lay, double window_seconds, bool needs_open)
      : at_lay_(at_lay), window_(window_seconds), needs_open_(needs_open) {}

 private:
  void act(const MarketBook& book, OrderEntry& entry) override {
    if (book.definition().in_play || seconds_to_start(book) >= window_) return;
    if (needs_open_ && book.status() != MarketStatus::open) return;
    for (const RunnerBook& runner : book.runners()) {
      const PriceSize best = at_lay_ ? runner.available_to_lay.best() : runner.available_to_back.best();
      if (runner.status != RunnerStatus::active || best.size == 0) continue;
      if (done_.insert(runner.selection_id).second) {
        entry.place({runner.selection_id, runner.handicap, Side::back, best.price, kStake});
      }
    }
  }
  bool at_lay_;
  double window_;
  bool needs_open_;
  std::set<std::int64_t> done_;
};

class Replace final : public FlumineStrategy {
  void act(const MarketBook& book, OrderEntry& entry) override {
    // As flumine: what the orders became is dealt with before the book is.
    for (std::size_t i = 0, n = entry.orders().size(); i < n; ++i) {
      Order& order = entry.orders()[i];
      if (order.status == OrderStatus::executable && order.size_matched == 0 && order.request.price != 101) {
        entry.replace(order, 101);
      }
    }
    if (book.definition().in_play || seconds_to_start(book) >= 100) return;
    for (const RunnerBook& runner : book.runners()) {
      if (runner.status == RunnerStatus::active && done_.insert(runner.selection_id).second) {
        entry.place({runner.selection_id, runner.handicap, Side::back, 100'000, kStake});
      }
    }
  }
  std::set<std::int64_t> done_;
};

class InplayLay final : public FlumineStrategy {
  void act(const MarketBook& book, OrderEntry& entry) override {
    for (Order& order : entry.orders()) {
      if (order.status == OrderStatus::executable && book.publish_time() - order.placed > 2000)
        entry.cancel(order);
    }
    if (!book.definition().in_play) return;
    for (const RunnerBook& runner : book.runners()) {
      const PriceSize best = runner.available_to_lay.best();
      if (runner.status != RunnerStatus::active || runner.last_price_traded == 0 ||
          runner.last_price_traded >= 200 || best.size == 0) {
        continue;
      }
      if (has_live_order(entry, runner.selection_id)) continue;
      const Pence liability = round_pence((best.price - 100) / 100.0 * kStake / 100.0);
      if (risk(entry, runner.selection_id) + liability > 10'500) continue;
      entry.place({runner.selection_id, runner.handicap, Side::lay, best.price, kStake});
    }
  }

  /// The reference runs let one trade live per runner.
  static bool has_live_order(OrderEntry& entry, std::int64_t selection_id) {
    return std::ranges::any_of(entry.orders(), [&](const Order& order) {
      return order.request.selection_id == selection_id && order.status != OrderStatus::execution_complete;
    });
  }

  /// What is lost should the selection win, all that is unmatched counted as matched.
  static Pence risk(OrderEntry& entry, std::int64_t selection_id) {
    double matched = 0, unmatched = 0;
    for (const Order& order : entry.orders()) {
      if (order.request.selection_id != selection_id) continue;
      matched += (order.average_price_matched - 100) / 100.0 * static_cast<double>(order.size_matched) / 100;
      if (order.status != OrderStatus::execution_complete) {
        unmatched += (order.request.price - 100) / 100.0 * static_cast<double>(order.size_remaining()) / 100;
      }
    }
    return round_pence(matched + unmatched);
  }
};
}  // namespace

void FlumineStrategy::on_market_book(const MarketBook& book, OrderEntry& entry) {
  ++books_seen;
  act(book, entry);
}

double FlumineStrategy::seconds_to_start(const MarketBook& book) {
  return static_cast<double>(book.definition().market_time / kMillisecond - book.publish_time()) / 1000;
}

std::unique_ptr<FlumineStrategy> make_flumine_strategy(std::string_view mode) {
  constexpr double kAlways = std::numeric_limits<double>::infinity();
  if (mode == "noop") return std::make_unique<Noop>();
  if (mode == "back_at_lay") return std::make_unique<BackOnce>(true, kAlways, true);
  if (mode == "back_at_back") return std::make_unique<BackOnce>(false, kAlways, true);
  if (mode == "back_at_lay_100s") return std::make_unique<BackOnce>(true, 100, true);
  if (mode == "back_at_back_100s") return std::make_unique<BackOnce>(false, 100, true);
  if (mode == "it_limit") return std::make_unique<BackOnce>(false, 100, false);
  if (mode == "it_replace") return std::make_unique<Replace>();
  if (mode == "it_inplay_lay") return std::make_unique<InplayLay>();
  return nullptr;
}

}  // namespace steward::trading::test
