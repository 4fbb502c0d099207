#include "state/money_fold.hpp"

#include <vector>

#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;

void MoneyFold::restore() {
  for (const auto& [id, entry] : model_.ledgers.rows()) {
    const Ledger& row = entry.row;
    const Market* market = row.market_id.empty() ? nullptr : markets_.find(row.bot, row.market_id);
    if (market != nullptr && market->closed) closed_.push_back(id);
  }
}

void MoneyFold::position(const Source& source, const Event& event) {
  const std::string_view market_id = event.text(Field::market_id);
  const std::int64_t selection = event.number(Field::selection_id), handicap = event.number(Field::handicap);
  auto* entry =
      model_.positions.find(make_key(key_, source.bot, source.strategy, market_id, selection, handicap));
  const Pence if_win = event.number(Field::if_win), if_lose = event.number(Field::if_lose);
  if ((if_win == 0 && if_lose == 0) || markets_.closed_in(source, market_id)) {
    if (entry != nullptr) model_.positions.erase(*entry);
    return;
  }
  if (entry == nullptr) {
    if (model_.positions.size() >= kMostPositions) model_.positions.erase(*model_.positions.oldest());
    Position row;
    row.bot = source.bot, row.strategy = source.strategy, row.market_id = market_id;
    row.selection_id = selection, row.handicap = handicap;
    entry = &model_.positions.add(std::move(row));
    markets_.links(source.bot, market_id).positions.push_back(entry->id);
  }
  Position& row = entry->row;
  row.run = source.run, row.if_win = if_win, row.if_lose = if_lose, row.updated = source.at;
  row.simulated = event.truth(Field::simulated);
  model_.positions.touch(*entry);
}

MoneyFold::Entry& MoneyFold::entry_of(const Source& source, const Event& event) {
  const std::string_view market_id = event.text(Field::market_id);
  const bool simulated = event.truth(Field::simulated);
  const std::string_view run = simulated || market_id.empty() ? source.run : std::string_view{};
  if (Entry* known = model_.ledgers.find(make_key(key_, source.bot, run, source.strategy, market_id)))
    return *known;
  Ledger row;
  row.bot = source.bot, row.strategy = source.strategy, row.market_id = market_id, row.run = source.run;
  row.simulated = simulated;
  if (market_id.empty()) {
    begin_whole(source, row);
  } else {
    make_key(key_, source.bot, source.run, source.strategy, std::string_view{});
    row.counted = model_.ledgers.find(key_) == nullptr;
  }
  Entry& entry = model_.ledgers.add(std::move(row));
  if (!market_id.empty()) markets_.links(source.bot, market_id).ledgers.push_back(entry.id);
  return entry;
}

/// Values of the whole run replace those of its markets: what these came to is taken back.
void MoneyFold::begin_whole(const Source& source, const Ledger& whole) {
  std::vector<std::int64_t> parts;
  for (const auto& [id, entry] : model_.ledgers.rows()) {
    const Ledger& row = entry.row;
    if (row.counted && row.bot == whole.bot && row.run == whole.run && row.strategy == whole.strategy) {
      parts.push_back(id);
    }
  }
  for (const std::int64_t id : parts) {
    Entry& part = *model_.ledgers.find_id(id);
    const Ledger& row = part.row;
    book(row.bot, row.strategy, source.at, {-row.realized, -row.commission, -row.unrealized});
    part.row.counted = false;
    model_.ledgers.touch(part);
  }
}

void MoneyFold::pnl(const Source& source, const Event& event) {
  Entry& entry = entry_of(source, event);
  Amounts next{event.number(Field::realized, entry.row.realized),
               event.number(Field::commission, entry.row.commission),
               event.number(Field::unrealized, entry.row.unrealized)};
  if (!entry.row.market_id.empty() && markets_.closed_in(source, entry.row.market_id)) next.unrealized = 0;
  entry.row.run = source.run;
  change(source, entry, next);
  // A settlement that leaves the unrealized profit to `market.closed` would count it twice until then.
  if (event.has(Field::unrealized) || !event.has(Field::realized)) mark_high(source.bot, source.strategy);
  auto& profit = profit_of(source.bot, source.strategy);
  if (event.has(Field::currency) && profit.row.currency != event.text(Field::currency)) {
    profit.row.currency = event.text(Field::currency);
    model_.profits.touch(profit);
  }
}

void MoneyFold::change(const Source& source, Entry& entry, const Amounts& next) {
  Ledger& row = entry.row;
  const Amounts difference{next.realized - row.realized, next.commission - row.commission,
                           next.unrealized - row.unrealized};
  row.realized = next.realized, row.commission = next.commission, row.unrealized = next.unrealized;
  model_.ledgers.touch(entry);
  if (row.counted) book(row.bot, row.strategy, source.at, difference);
}

Table<Profit>::Entry& MoneyFold::profit_of(std::string_view bot, std::string_view strategy) {
  if (auto* known = model_.profits.find(make_key(key_, bot, strategy))) return *known;
  Profit row;
  row.bot = bot, row.strategy = strategy;
  return model_.profits.add(std::move(row));
}

void MoneyFold::book(std::string_view bot, std::string_view strategy, WallNs at, const Amounts& difference) {
  auto& profit = profit_of(bot, strategy);
  const std::int32_t day = day_.day_of(at);
  if (day > profit.row.high_day) {
    profit.row.high_day = day, profit.row.high_booked = 0;
    profit.row.high = profit.row.unrealized;  // where the day began
  }
  if (day == profit.row.high_day) profit.row.high_booked += difference.realized - difference.commission;
  profit.row.realized += difference.realized;
  profit.row.commission += difference.commission;
  profit.row.unrealized += difference.unrealized;
  model_.profits.touch(profit);
  if (difference.realized == 0 && difference.commission == 0) return;
  if (day <= model_.today - kDaysKept) return;
  auto* booked = model_.days.find(make_key(key_, bot, strategy, day));
  if (booked == nullptr) booked = &model_.days.add({std::string(bot), std::string(strategy), day, 0, 0});
  booked->row.realized += difference.realized;
  booked->row.commission += difference.commission;
  model_.days.touch(*booked);
  if (day != model_.today) return;
  profit.row.day_realized += difference.realized;
  profit.row.day_commission += difference.commission;
}

void MoneyFold::mark_high(std::string_view bot, std::string_view strategy) {
  auto& profit = profit_of(bot, strategy);
  const Pence now = profit.row.high_booked + profit.row.unrealized;
  if (now <= profit.row.high) return;
  profit.row.high = now;
  model_.profits.touch(profit);
}

void MoneyFold::close_market(const Source& source, const MarketLinks& links) {
  for (const std::int64_t id : links.positions) {
    if (auto* position = model_.positions.find_id(id)) model_.positions.erase(*position);
  }
  for (const std::int64_t id : links.ledgers) {
    Entry* entry = model_.ledgers.find_id(id);
    if (entry == nullptr) continue;
    change(source, *entry, {entry->row.realized, entry->row.commission, 0});
    mark_high(entry->row.bot, entry->row.strategy);
    closed_.push_back(id);
    markets_.links(entry->row.bot, entry->row.market_id)
        .ledgers.push_back(id);  // should it open and close again
  }
  for (; closed_.size() > kClosedLedgers; closed_.pop_front()) {
    if (Entry* oldest = model_.ledgers.find_id(closed_.front())) model_.ledgers.erase(*oldest);
  }
}

void MoneyFold::end_run(const Source& source) {
  model_.positions.erase_if(
      [&](const Position& row) { return row.simulated && row.bot == source.bot && row.run == source.run; });
  std::vector<std::int64_t> over;
  for (const auto& [id, entry] : model_.ledgers.rows()) {
    const Ledger& row = entry.row;
    if ((row.simulated || row.market_id.empty()) && row.bot == source.bot && row.run == source.run)
      over.push_back(id);
  }
  for (const std::int64_t id : over) {
    Entry& entry = *model_.ledgers.find_id(id);
    change(source, entry, {entry.row.realized, entry.row.commission, 0});
    mark_high(entry.row.bot, entry.row.strategy);
    model_.ledgers.erase(entry);
  }
}

void MoneyFold::set_now(WallNs now) {
  const std::int32_t today = day_.day_of(now);
  if (today == model_.today) return;
  model_.today = today;
  model_.days.erase_if([&](const DayBook& row) { return row.day <= today - kDaysKept; });
  show_today();
}

void MoneyFold::show_today() {
  for (const auto& [id, entry] : model_.profits.rows()) {
    Profit& row = model_.profits.find_id(id)->row;
    const auto* booked = model_.days.find(make_key(key_, row.bot, row.strategy, model_.today));
    row.day_realized = booked == nullptr ? 0 : booked->row.realized;
    row.day_commission = booked == nullptr ? 0 : booked->row.commission;
  }
}

}  // namespace steward::state
