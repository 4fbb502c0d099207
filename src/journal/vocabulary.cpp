#include "journal/vocabulary.hpp"

#include <algorithm>
#include <initializer_list>

namespace steward::journal {

namespace {

struct FieldName {
  std::string_view name;
  Kind kind;
};

/// In the order of `Field`.
constexpr std::array<FieldName, kFields> kFieldNames{{
    {"t", Kind::integer},
    {"type", Kind::id},
    {"strategy", Kind::id},
    {"market_id", Kind::id},
    {"market_type", Kind::id},
    {"market_name", Kind::text},
    {"event_name", Kind::text},
    {"venue", Kind::text},
    {"market_time", Kind::integer},
    {"status", Kind::id},
    {"in_play", Kind::truth},
    {"bet_delay", Kind::integer},
    {"version", Kind::id},
    {"customer_order_ref", Kind::id},
    {"bet_id", Kind::id},
    {"selection_id", Kind::integer},
    {"handicap", Kind::hundredths},
    {"side", Kind::id},
    {"order_type", Kind::id},
    {"persistence_type", Kind::id},
    {"price", Kind::hundredths},
    {"size", Kind::hundredths},
    {"size_matched", Kind::hundredths},
    {"average_price_matched", Kind::hundredths},
    {"size_remaining", Kind::hundredths},
    {"size_cancelled", Kind::hundredths},
    {"size_lapsed", Kind::hundredths},
    {"size_voided", Kind::hundredths},
    {"simulated", Kind::truth},
    {"latency_ns", Kind::integer},
    {"error_code", Kind::id},
    {"profit", Kind::hundredths},
    {"if_win", Kind::hundredths},
    {"if_lose", Kind::hundredths},
    {"realized", Kind::hundredths},
    {"unrealized", Kind::hundredths},
    {"commission", Kind::hundredths},
    {"currency", Kind::id},
    {"lag_ns", Kind::integer},
    {"age_ns", Kind::integer},
    {"markets", Kind::integer},
    {"text", Kind::text},
    {"level", Kind::id},
    {"name", Kind::id},
    {"value", Kind::real},
    {"kind", Kind::id},
    {"labels", Kind::labels},
    {"code", Kind::id},
    {"bot", Kind::id},
    {"run", Kind::id},
    {"pid", Kind::integer},
    {"how", Kind::id},
    {"restarts", Kind::integer},
    {"cgroup", Kind::text},
    {"adopted", Kind::truth},
    {"exit_code", Kind::integer},
    {"signal", Kind::integer},
    {"unknown", Kind::truth},
    {"reason", Kind::text},
    {"uptime_ns", Kind::integer},
    {"state", Kind::id},
    {"next_start", Kind::integer},
    {"staged", Kind::truth},
    {"lines_dropped", Kind::integer},
    {"open", Kind::truth},
    {"epoch", Kind::integer},
    {"what", Kind::id},
    {"over", Kind::truth},
    {"watchdog", Kind::truth},
}};

struct TypeRule {
  std::string_view name;
  FieldSet required, taken;
};

FieldSet set_of(std::initializer_list<Field> fields) {
  FieldSet set;
  for (const Field field : fields) set.set(static_cast<std::size_t>(field));
  return set;
}

/// In the order of `Type`.
const auto& rules() {
  using enum Field;
  static const FieldSet market = set_of({market_id});
  static const FieldSet order = set_of({customer_order_ref,
                                        bet_id,
                                        market_id,
                                        market_type,
                                        selection_id,
                                        handicap,
                                        side,
                                        order_type,
                                        persistence_type,
                                        price,
                                        size,
                                        size_matched,
                                        average_price_matched,
                                        size_remaining,
                                        size_cancelled,
                                        size_lapsed,
                                        size_voided,
                                        simulated,
                                        latency_ns,
                                        error_code,
                                        profit});
  static const FieldSet ref = set_of({customer_order_ref});
  static const FieldSet of_bot = set_of({bot});
  static const FieldSet of_run = set_of({bot, run});
  static const std::array kRules{
      TypeRule{"", {}, {}},
      TypeRule{"market.opened", market, set_of({market_type, market_name, event_name, venue, market_time})},
      TypeRule{"market.status", market, set_of({status, in_play, bet_delay, version})},
      TypeRule{"market.closed", market, {}},
      TypeRule{"order.intent", ref | set_of({market_id, selection_id, side}), order},
      TypeRule{"order.placed", ref, order},
      TypeRule{"order.rejected", ref, order},
      TypeRule{"order.unknown", ref, order},
      TypeRule{"order.matched", ref, order},
      TypeRule{"order.cancelled", ref, order},
      TypeRule{"order.lapsed", ref, order},
      TypeRule{"order.voided", ref, order},
      TypeRule{"order.settled", ref, order},
      TypeRule{"position", set_of({market_id, selection_id, if_win, if_lose}), set_of({handicap, simulated})},
      TypeRule{"pnl", {}, set_of({market_id, realized, unrealized, commission, currency, simulated})},
      TypeRule{"stream", {}, set_of({lag_ns, age_ns, markets})},
      TypeRule{"note", set_of({text}), set_of({level})},
      TypeRule{"metric", set_of({name, value}), set_of({kind, labels})},
      TypeRule{"error", {}, set_of({code, text})},
      TypeRule{"keeper.started", {}, set_of({pid, version, how})},
      TypeRule{"keeper.stopping", {}, {}},
      TypeRule{"keeper.trouble", {}, set_of({text, what, over})},
      TypeRule{"bot.started", of_run, set_of({pid, restarts, cgroup, adopted})},
      TypeRule{"bot.ready", of_run, {}},
      TypeRule{"bot.exited", of_run, set_of({exit_code, signal, unknown, reason, uptime_ns, watchdog})},
      TypeRule{"bot.state", set_of({bot, state}), set_of({run, pid, restarts, reason, next_start, staged})},
      TypeRule{"bot.removed", of_bot, {}},
      TypeRule{"bot.status", of_bot, set_of({text})},
      TypeRule{"bot.output", of_bot, set_of({lines_dropped, reason})},
      TypeRule{"gate", set_of({bot, open}), set_of({epoch, reason})},
  };
  static_assert(kRules.size() == static_cast<std::size_t>(Type::gate) + 1);
  return kRules;
}

/// Names to indices without a comparison of more than one or two candidates; filled once.
class NameIndex {
 public:
  void add(std::string_view name, std::uint8_t value) {
    std::size_t at = slot(name);
    while (slots_[at].name.data() != nullptr) at = (at + 1) % slots_.size();
    slots_[at] = {name, value};
  }
  std::uint8_t find(std::string_view name, std::uint8_t otherwise) const {
    if (name.empty()) return otherwise;
    for (std::size_t at = slot(name); slots_[at].name.data() != nullptr; at = (at + 1) % slots_.size()) {
      if (slots_[at].name == name) return slots_[at].value;
    }
    return otherwise;
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint8_t value = 0;
  };
  static std::size_t slot(std::string_view name) {
    const auto byte = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(name[at]));
    };
    return (name.size() * 31 + byte(0) * 7 + byte(name.size() / 2) * 57 + byte(name.size() - 1) * 131) % 256;
  }
  std::array<Slot, 256> slots_{};
};

}  // namespace

Field field_of(std::string_view name) {
  static const NameIndex index = [] {
    NameIndex made;
    for (std::size_t i = 0; i < kFields; ++i) made.add(kFieldNames[i].name, static_cast<std::uint8_t>(i));
    return made;
  }();
  return static_cast<Field>(index.find(name, static_cast<std::uint8_t>(Field::count_)));
}

std::string_view name_of(Field field) {
  return kFieldNames[static_cast<std::size_t>(field)].name;
}
Kind kind_of(Field field) {
  return kFieldNames[static_cast<std::size_t>(field)].kind;
}

Type type_of(std::string_view name) {
  static const NameIndex index = [] {
    NameIndex made;
    for (std::size_t i = 1; i < rules().size(); ++i) made.add(rules()[i].name, static_cast<std::uint8_t>(i));
    return made;
  }();
  return static_cast<Type>(index.find(name, static_cast<std::uint8_t>(Type::unknown)));
}

std::string_view name_of(Type type) {
  return type == Type::unknown ? "unknown" : rules()[static_cast<std::size_t>(type)].name;
}
const FieldSet& required(Type type) {
  return rules()[static_cast<std::size_t>(type)].required;
}

const FieldSet& taken(Type type) {
  static const auto all = [] {
    std::array<FieldSet, 32> sets;
    const FieldSet common = set_of({Field::t, Field::type, Field::strategy});
    for (std::size_t i = 0; i < rules().size(); ++i)
      sets[i] = rules()[i].taken | rules()[i].required | common;
    return sets;
  }();
  return all[static_cast<std::size_t>(type)];
}

}  // namespace steward::journal
