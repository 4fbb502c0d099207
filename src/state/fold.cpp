#include "state/fold.hpp"

#include <algorithm>

#include "journal/layout.hpp"
#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;
using journal::Type;

Fold::Fold(Model& model, TradingDay day)
    : model_(model),
      markets_(model),
      activity_(model),
      orders_(model, markets_, activity_),
      money_(model, markets_, std::move(day)),
      bots_(model),
      series_(model) {}

void Fold::restore() {
  markets_.restore();
  orders_.restore();
  money_.restore();
  series_.restore();
  for (const auto& [id, entry] : model_.profits.rows()) strategies_[entry.row.bot].insert(entry.row.strategy);
  for (const auto& [id, entry] : model_.placed.rows()) strategies_[entry.row.bot].insert(entry.row.strategy);
}

JournalFacts& Fold::facts(std::string_view bot) {
  if (bot == journal::kKeeper) return bots_.keeper().row;
  return bots_.bot(bot).row;
}

/// The event's strategy; "other" once a bot has named too many.
std::string_view Fold::strategy_of(std::string_view bot, const Event& event) {
  const std::string_view name = event.has(Field::strategy) ? event.text(Field::strategy) : bot;
  auto of_bot = strategies_.find(bot);
  if (of_bot == strategies_.end())
    of_bot = strategies_.emplace(bot, std::set<std::string, std::less<>>{}).first;
  if (of_bot->second.contains(name)) return name;
  if (of_bot->second.size() >= kMostStrategies) return "other";
  of_bot->second.emplace(name);
  return name;
}

void Fold::apply(std::string_view bot, std::string_view run, const Event& event, WallNs at) {
  JournalFacts& journal = facts(bot);
  ++journal.journal_events;
  const Source source{bot, run, {}, event.t != 0 ? event.t : at};
  journal.last_event = std::max(journal.last_event, source.at);
  const bool keepers = event.type >= Type::keeper_started;
  const bool from_keeper = bot == journal::kKeeper;
  if (event.type == Type::note) return note(source, event.text(Field::level), event.text(Field::text));
  if (event.type == Type::unknown ||
      keepers != from_keeper) {  // only the keeper speaks of bots, and of nothing else
    ++journal.journal_unknown;
    return;
  }
  if (from_keeper) {
    if (event.type == Type::bot_started) begin_run(event.text(Field::bot), event.text(Field::run));
    return bots_.keeper_event(source, event);
  }
  bots_event(source, event);
}

/// Told of an adopted run too, which goes on.
void Fold::begin_run(std::string_view bot, std::string_view run) {
  const Bot* known = model_.bot(bot);
  if (known != nullptr && known->run != run) series_.begin_run(bot);
}

void Fold::bots_event(const Source& given, const Event& event) {
  Source source = given;
  source.strategy = strategy_of(source.bot, event);
  switch (event.type) {
    case Type::market_opened:
    case Type::market_status:
      return markets_.apply(source, event);
    case Type::market_closed: {
      markets_.apply(source, event);
      const MarketLinks links = markets_.take_links(source.bot, event.text(Field::market_id));
      orders_.close_market(links);
      return money_.close_market(source, links);
    }
    case Type::position:
      return money_.position(source, event);
    case Type::pnl:
      return money_.pnl(source, event);
    case Type::metric:
      return series_.metric(source, event, bots_.bot(source.bot).row);
    case Type::error:
      return error(source, event);
    case Type::stream: {
      Bot& bot = bots_.bot(source.bot).row;
      bot.stream_lag_ns = event.number(Field::lag_ns, bot.stream_lag_ns);
      bot.stream_age_ns = event.number(Field::age_ns, bot.stream_age_ns);
      bot.stream_markets = event.number(Field::markets, bot.stream_markets);
      return;
    }
    default:
      return orders_.apply(source, event);
  }
}

void Fold::note(const Source& source, std::string_view level, std::string_view text) {
  Note row;
  row.bot = source.bot, row.at = source.at, row.text = clip(text, 1024);
  row.level = level == "warning" || level == "error" ? level : "info";
  model_.notes.add(std::move(row));
  while (model_.notes.size() > kNotes) model_.notes.erase(*model_.notes.oldest());
}

void Fold::error(const Source& source, const Event& event) {
  auto& errors = bots_.bot(source.bot).row.errors;
  const std::string_view code = event.has(Field::code) ? event.text(Field::code) : "unknown";
  const std::string name(errors.size() >= kMostErrorCodes && !errors.contains(std::string(code)) ? "other"
                                                                                                 : code);
  ++errors[name];
  if (event.has(Field::text)) note(source, "error", event.text(Field::text));
}

void Fold::bad_line(std::string_view bot, std::string_view file, std::int64_t offset, std::string_view reason,
                    WallNs at) {
  ++facts(bot).journal_bad_lines;
  model_.bad_lines.add({std::string(bot), std::string(file), offset, std::string(clip(reason, 256)), at});
  while (model_.bad_lines.size() > kBadLines) model_.bad_lines.erase(*model_.bad_lines.oldest());
}

void Fold::shrunk(std::string_view bot) {
  ++facts(bot).journal_shrunk;
}

void Fold::end_run(std::string_view bot, std::string_view run, WallNs at) {
  if (bot == journal::kKeeper) return;
  Bot& row = bots_.bot(bot).row;
  // Not when it is read that it ended: read again later it has to give the same.
  const Source source{bot, run, {}, row.last_event != 0 ? row.last_event : at};
  row.stream_lag_ns = row.stream_age_ns = -1, row.stream_markets = 0;
  orders_.end_run(bot, run);
  money_.end_run(source);
  markets_.end_run(bot, run);
  series_.end_run(bot, run);
}

void Fold::scraped(const Scraped& scraped) {
  series_.scraped(scraped, bots_.bot(scraped.bot).row);
}

}  // namespace steward::state
