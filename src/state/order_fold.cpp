#include "state/order_fold.hpp"

#include <algorithm>
#include <limits>

#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;
using journal::Type;

namespace {

void take(std::string& text, const Event& event, Field field) {
  if (event.has(field)) text = event.text(field);
}
void take(std::int64_t& number, const Event& event, Field field) {
  number = event.number(field, number);
}

Price as_price(std::int64_t hundredths) {
  return static_cast<Price>(std::clamp<std::int64_t>(hundredths, 0, std::numeric_limits<Price>::max()));
}

/// What is left of the order by its own figures.
Pence remainder(const Order& order) {
  const Pence gone = order.size_matched + order.size_cancelled + order.size_lapsed + order.size_voided;
  return std::max<Pence>(0, order.size - gone);
}

/// An `order.cancelled`, `.lapsed` or `.voided` that does not say how much took all that was left.
void take_rest(Order& order, const Event& event, Field field, Pence& part) {
  if (!event.has(field)) part += remainder(order);
}

}  // namespace

void advance_status(Order& order, const Event& event) {
  const bool over = order.status == OrderStatus::settled || order.status == OrderStatus::rejected;
  switch (event.type) {
    case Type::order_settled:
      order.status = OrderStatus::settled, order.size_remaining = 0;
      return;
    case Type::order_intent:
      if (!event.has(Field::size_remaining) && order.status == OrderStatus::intent)
        order.size_remaining = order.size;
      return;
    case Type::order_rejected:
      if (!over) order.status = OrderStatus::rejected, order.size_remaining = 0;
      return;
    case Type::order_unknown:
      if (!over) order.status = OrderStatus::unknown;
      return;
    case Type::order_cancelled:
      take_rest(order, event, Field::size_cancelled, order.size_cancelled);
      break;
    case Type::order_lapsed:
      take_rest(order, event, Field::size_lapsed, order.size_lapsed);
      break;
    case Type::order_voided:
      take_rest(order, event, Field::size_voided, order.size_voided);
      break;
    default:
      break;
  }
  if (order.status == OrderStatus::settled) return;
  const bool sized = order.size > 0 || event.has(Field::size_remaining) || event.type != Type::order_placed;
  if (!event.has(Field::size_remaining)) order.size_remaining = remainder(order);
  order.status = sized && order.size_remaining == 0 ? OrderStatus::complete : OrderStatus::executable;
}

void add_latency(Latency& latency, std::int64_t ns) {
  const auto bound = std::ranges::lower_bound(kLatencyBounds, ns);
  ++latency.buckets[static_cast<std::size_t>(bound - kLatencyBounds.begin())];
  ++latency.count, latency.sum_ns += ns;
}

void OrderFold::restore() {
  std::vector<std::pair<WallNs, std::int64_t>> ended;
  for (const auto& [id, entry] : model_.orders.rows()) {
    if (entry.row.ended) {
      ended.emplace_back(entry.row.updated, id);
    } else {
      model_.open_orders.insert(id);
    }
  }
  std::ranges::sort(ended);
  for (const auto& [updated, id] : ended) ended_.push_back(id);
  restore_answers();
}

void OrderFold::restore_answers() {
  std::vector<std::pair<WallNs, const Order*>> answered;
  for (const auto& [id, entry] : model_.orders.rows()) {
    if (entry.row.answered != 0) answered.emplace_back(entry.row.answered, &entry.row);
  }
  std::ranges::sort(answered, {}, &std::pair<WallNs, const Order*>::first);
  for (const auto& [at, order] : answered) model_.recent_latency[order->strategy].add(at, order->latency_ns);
}

OrderFold::Entry& OrderFold::entry_of(const Source& source, const Event& event) {
  const std::string_view ref = event.text(Field::customer_order_ref);
  if (Entry* known = model_.orders.find(make_key(key_, source.bot, ref))) return *known;
  if (model_.orders.size() >= kMostOpenOrders + kEndedOrders) {
    model_.open_orders.erase(model_.orders.oldest()->id);
    model_.orders.erase(*model_.orders.oldest());
  }
  Order order;
  order.bot = source.bot, order.strategy = source.strategy, order.customer_order_ref = ref;
  order.created = source.at;
  return model_.orders.add(std::move(order));
}

void OrderFold::take_fields(Order& order, const Event& event) {
  take(order.bet_id, event, Field::bet_id);
  take(order.order_type, event, Field::order_type);
  take(order.persistence_type, event, Field::persistence_type);
  take(order.error_code, event, Field::error_code);
  take(order.selection_id, event, Field::selection_id);
  take(order.handicap, event, Field::handicap);
  take(order.size, event, Field::size);
  take(order.size_matched, event, Field::size_matched);
  take(order.size_remaining, event, Field::size_remaining);
  take(order.size_cancelled, event, Field::size_cancelled);
  take(order.size_lapsed, event, Field::size_lapsed);
  take(order.size_voided, event, Field::size_voided);
  take(order.profit, event, Field::profit);
  order.price = as_price(event.number(Field::price, order.price));
  order.average_price_matched =
      as_price(event.number(Field::average_price_matched, order.average_price_matched));
  if (event.has(Field::side)) order.back = event.text(Field::side) != "LAY";
  if (event.has(Field::simulated)) order.simulated = event.truth(Field::simulated);
}

void OrderFold::take_market(Entry& entry, const Event& event) {
  Order& order = entry.row;
  if (order.market_id.empty() && event.has(Field::market_id)) {
    order.market_id = event.text(Field::market_id);
    markets_.links(order.bot, order.market_id).orders.push_back(entry.id);
  }
  take(order.market_type, event, Field::market_type);
  if (!order.market_type.empty() || order.market_id.empty()) return;
  if (const Market* market = markets_.find(order.bot, order.market_id))
    order.market_type = market->market_type;
}

void OrderFold::apply(const Source& source, const Event& event) {
  Entry& entry = entry_of(source, event);
  Order& order = entry.row;
  if (order.run != source.run) order.run = source.run;
  order.updated = source.at;
  take_fields(order, event);
  take_market(entry, event);
  const bool was_rejected = order.status == OrderStatus::rejected;
  advance_status(order, event);
  if (event.type == Type::order_placed && !order.counted) {
    order.counted = true;
    count_placed(order);
    activity_.placed(order, source.at);
  }
  if (order.status == OrderStatus::rejected && !was_rejected) activity_.rejected(order, source.at);
  if (order.latency_ns < 0 && event.number(Field::latency_ns, -1) >= 0) {
    time_answer(order, event.number(Field::latency_ns), source.at);
  }
  model_.orders.touch(entry);
  const bool nothing = order.status == OrderStatus::complete && order.size_matched == 0;
  if (order.status == OrderStatus::rejected || order.status == OrderStatus::settled || nothing ||
      (!order.market_id.empty() && markets_.closed_in(source, order.market_id))) {
    set_ended(entry);
  } else {
    order.ended = false;
    model_.open_orders.insert(entry.id);
  }
}

void OrderFold::count_placed(const Order& order) {
  auto* placed = model_.placed.find(make_key(key_, order.bot, order.strategy, order.market_type));
  if (placed == nullptr) {
    OrdersPlaced row;
    row.bot = order.bot, row.strategy = order.strategy, row.market_type = order.market_type;
    placed = &model_.placed.add(std::move(row));
  }
  ++placed->row.count;
  model_.placed.touch(*placed);
}

void OrderFold::time_answer(Order& order, std::int64_t latency_ns, WallNs at) {
  order.latency_ns = latency_ns, order.answered = at;
  model_.recent_latency[order.strategy].add(at, latency_ns);
  auto* latency = model_.latencies.find(make_key(key_, order.bot, order.strategy));
  if (latency == nullptr) {
    StrategyLatency row;
    row.bot = order.bot, row.strategy = order.strategy;
    latency = &model_.latencies.add(std::move(row));
  }
  add_latency(latency->row, latency_ns);
  model_.latencies.touch(*latency);
}

void OrderFold::set_ended(Entry& entry) {
  if (entry.row.ended) return;
  entry.row.ended = true;
  model_.open_orders.erase(entry.id);
  ended_.push_back(entry.id);
  for (; ended_.size() > kEndedOrders; ended_.pop_front()) {
    Entry* oldest = model_.orders.find_id(ended_.front());
    if (oldest != nullptr && oldest->row.ended) model_.orders.erase(*oldest);
  }
}

void OrderFold::close_market(const MarketLinks& links) {
  for (const std::int64_t id : links.orders) {
    Entry* entry = model_.orders.find_id(id);
    if (entry == nullptr || entry->row.ended) continue;
    model_.orders.touch(*entry);
    set_ended(*entry);
  }
}

void OrderFold::end_run(std::string_view bot, std::string_view run) {
  std::vector<std::int64_t> over;
  for (const std::int64_t id : model_.open_orders) {
    const Order& row = model_.orders.find_id(id)->row;
    if (row.simulated && row.bot == bot && row.run == run) over.push_back(id);
  }
  for (const std::int64_t id : over) {
    Entry* entry = model_.orders.find_id(id);
    if (entry == nullptr) continue;
    entry->row.status = OrderStatus::complete;
    model_.orders.touch(*entry);
    set_ended(*entry);
  }
}

}  // namespace steward::state
