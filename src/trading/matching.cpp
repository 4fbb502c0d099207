#include "trading/matching.hpp"

#include <algorithm>
#include <charconv>

namespace steward::trading {

using betfair::MarketDefinition;
using betfair::RunnerDefinition;

namespace {
constexpr Price kLowest = 101, kHighest = 100'000;
constexpr Pence kMinimumBspLiability = 1000;  ///< GBP, for a lay order that turns into a starting price one

double pounds(std::int64_t hundredths) {
  return static_cast<double>(hundredths) / 100;
}

void add_fill(Order& order, std::int64_t publish_time, Price price, Pence size) {
  order.fills.push_back({publish_time, price, size});
}

/// Size and average from the fills, rounded as flumine's `wap`.
void sum_fills(Order& order) {
  double value = 0, size = 0;
  for (const Fill& fill : order.fills) {
    value += pounds(fill.price) * pounds(fill.size);
    size += pounds(fill.size);
  }
  order.size_matched = size == 0 ? 0 : round_pence(size);
  order.average_price_matched = size == 0 ? 0 : static_cast<Price>(round_pence(value / size));
}

bool crosses(Side side, Price limit, Price available) {
  return side == Side::back ? available >= limit : available <= limit;
}

void take_available(Order& order, const MarketBook& book, const PriceLevels& available) {
  Pence remaining = order.request.size;
  for (const PriceSize& level : available.levels()) {
    if (remaining == 0 || !crosses(order.request.side, order.request.price, level.price)) break;
    const Pence size = std::min(remaining, level.size);
    add_fill(order, book.publish_time(), level.price, size);
    remaining -= size;
  }
  sum_fills(order);
}

std::string_view refuse(Order& order, std::string_view code) {
  order.size_voided += order.size_remaining();
  return code;
}

/// `traded` pounds went through at a price the order would have taken: half of that is the other side's
/// money. First it eats the queue, then fills the order. Returns how much of `traded` was used.
double fill_passively(Order& order, std::int64_t publish_time, double traded) {
  const double half = traded / 2;
  if (order.queue_ahead - half >= 0) {
    order.queue_ahead -= half;
    return traded;
  }
  const Pence size = round_pence(std::min(pounds(order.size_remaining()), half - order.queue_ahead));
  if (size != 0) {
    add_fill(order, publish_time, order.request.price, size);
    sum_fills(order);
  }
  const double used = (order.queue_ahead + pounds(size)) * 2;
  order.queue_ahead = 0;
  return used;
}

void take_starting_price(Order& order, const MarketBook& book, Price bsp) {
  Pence size = order.size_remaining();
  if (order.request.side == Side::lay) {
    const double risk = (pounds(order.request.price) - 1.0) * pounds(size);
    if (round_pence(risk) < kMinimumBspLiability) {
      order.size_lapsed += size;
      return;
    }
    const Pence wanted = round_pence(risk / (pounds(bsp) - 1.0));
    order.size_cancelled += size - wanted;
    size = wanted;
  }
  add_fill(order, book.publish_time(), bsp, size);
  sum_fills(order);
}

int dead_heat_winners(const MarketDefinition& definition) {
  if (definition.number_of_winners != 1) return 1;
  const auto winners =
      std::ranges::count(definition.runners, RunnerStatus::winner, &RunnerDefinition::status);
  return std::max(1, static_cast<int>(winners));
}

/// Of a back; a lay's is its negative.
Pence each_way_profit(RunnerStatus status, double size, double price, double divisor) {
  const double win = size * (price - 1);
  const double place = size * ((price - 1) * (1 / divisor));
  if (status == RunnerStatus::winner) return round_pence(win + place);
  if (status == RunnerStatus::placed) return round_pence(place - size);
  return status == RunnerStatus::loser ? -round_pence(size * 2) : 0;
}

Pence odds_profit(RunnerStatus status, double size, double price, int winners) {
  if (status == RunnerStatus::loser) return -round_pence(size);
  if (status != RunnerStatus::winner) return 0;
  const double share = size / winners;
  return round_pence(share * (price - 1) - size * (winners - 1) / winners);
}
}  // namespace

Pence round_pence(double amount) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, amount, std::chars_format::fixed, 2);
  return parse_hundredths({digits, static_cast<std::size_t>(end.ptr - digits)}).value_or(0);
}

std::vector<Traded> traded_since(const RunnerBook& runner) {
  std::vector<Traded> traded;
  for (const TradedChange& change : runner.traded_changes) {
    if (change.now > change.before) traded.push_back({change.price, pounds(change.now - change.before)});
  }
  return traded;
}

std::string_view place_order(Order& order, const MarketBook& book) {
  if (book.status() != MarketStatus::open) return refuse(order, "ERROR_IN_ORDER");
  order.market_version = book.definition().version;
  const RunnerBook* runner = book.runner(order.request.selection_id, order.request.handicap);
  if (!runner) return refuse(order, "INVALID_RUNNER");
  if (runner->status == RunnerStatus::removed) return refuse(order, "RUNNER_REMOVED");
  const MarketDefinition& market = book.definition();
  if (order.request.persistence == Persistence::market_on_close &&
      (!market.bsp_market || market.bsp_reconciled || market.in_play)) {
    return refuse(order, "BET_ACTION_ERROR");
  }
  const bool back = order.request.side == Side::back;
  const PriceLevels& opposite = back ? runner->available_to_back : runner->available_to_lay;
  const Price best = opposite.empty() ? (back ? kLowest : kHighest) : opposite.best().price;
  if (crosses(order.request.side, order.request.price, best)) {
    take_available(order, book, opposite);
  } else {
    const PriceLevels& own = back ? runner->available_to_lay : runner->available_to_back;
    order.queue_ahead = pounds(own.size_at(order.request.price));
  }
  return {};
}

void match_order(Order& order, const MarketBook& book, const RunnerBook& runner,
                 std::vector<Traded>& traded) {
  const MarketDefinition& market = book.definition();
  if (!order.sp_reconciled && market.bsp_reconciled) {
    if (order.request.persistence == Persistence::market_on_close) {
      if (runner.bsp == 0) return;  // not known yet: with the next book
      order.sp_reconciled = true;
      return take_starting_price(order, book, runner.bsp);
    }
    order.sp_reconciled = true;
  }
  for (Traded& each : traded) {
    const bool eligible = order.request.side == Side::back ? each.price >= order.request.price
                                                           : each.price <= order.request.price;
    if (!eligible || each.volume == 0) continue;
    each.volume = std::max(each.volume - fill_passively(order, book.publish_time(), each.volume), 0.0);
  }
  if (market.version != order.market_version) {
    order.market_version = market.version;
    if (market.status == MarketStatus::suspended && order.request.persistence == Persistence::lapse) {
      order.size_lapsed += order.size_remaining();
    }
  }
}

void reduce_prices(Order& order, std::int64_t adjustment_factor) {
  constexpr std::int64_t kLeastFactor = 250;
  if (adjustment_factor < kLeastFactor) return;
  for (Fill& fill : order.fills) {
    const double reduced = pounds(fill.price) * (1 - (pounds(adjustment_factor) / 100));
    fill.price = std::max(static_cast<Price>(round_pence(reduced)), kLowest);
  }
  const Pence matched = order.size_matched;
  sum_fills(order);
  order.size_matched = matched;
}

void void_order(Order& order) {
  order.fills.clear();
  order.size_matched = order.size_cancelled = order.size_lapsed = 0;
  order.average_price_matched = 0;
  order.size_voided = order.request.size;
}

Pence settled_profit(const Order& order, const MarketDefinition& definition) {
  const auto runner = std::ranges::find_if(definition.runners, [&](const RunnerDefinition& each) {
    return each.selection_id == order.request.selection_id && each.handicap == order.request.handicap;
  });
  if (runner == definition.runners.end() || order.size_matched == 0) return 0;
  const double size = pounds(order.size_matched), price = pounds(order.average_price_matched);
  const bool each_way = definition.market_type == "EACH_WAY" && definition.each_way_divisor > 0;
  const Pence back = each_way
                         ? each_way_profit(runner->status, size, price, pounds(definition.each_way_divisor))
                         : odds_profit(runner->status, size, price, dead_heat_winners(definition));
  return order.request.side == Side::back ? back : -back;
}

Pence commission_on(Pence profit, std::int64_t rate_hundredths) {
  return std::max<Pence>(0, round_pence(pounds(profit) * (pounds(rate_hundredths) / 100)));
}

}  // namespace steward::trading
