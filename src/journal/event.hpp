#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace steward::journal {

/// The events of docs/formats/journal.md. `unknown`: a later version's.
enum class Type : std::uint8_t {
  unknown,
  market_opened,
  market_status,
  market_closed,
  order_intent,
  order_placed,
  order_rejected,
  order_unknown,
  order_matched,
  order_cancelled,
  order_lapsed,
  order_voided,
  order_settled,
  position,
  pnl,
  stream,
  note,
  metric,
  error,
  keeper_started,
  keeper_stopping,
  keeper_trouble,
  bot_started,
  bot_ready,
  bot_exited,
  bot_state,
  bot_removed,
  bot_status,
  bot_output,
  gate,
};

/// The fields an event may carry, each by its name in the journal.
enum class Field : std::uint8_t {
  t,
  type,
  strategy,
  market_id,
  market_type,
  market_name,
  event_name,
  venue,
  market_time,
  status,
  in_play,
  bet_delay,
  version,
  customer_order_ref,
  bet_id,
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
  profit,
  if_win,
  if_lose,
  realized,
  unrealized,
  commission,
  currency,
  lag_ns,
  age_ns,
  markets,
  text,
  level,
  name,
  value,
  kind,
  labels,
  code,
  bot,
  run,
  pid,
  how,
  restarts,
  cgroup,
  adopted,
  exit_code,
  signal,
  unknown,
  reason,
  uptime_ns,
  state,
  next_start,
  staged,
  lines_dropped,
  open,
  epoch,
  what,
  over,
  watchdog,
  count_
};

inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::count_);
inline constexpr std::size_t kMostLabels = 8;
/// A line longer than this, without its newline, is bad.
inline constexpr std::size_t kMostLine = 64 * 1024;

/// One line of a journal. Texts point into the decoder and live until its next line; a field that is absent
/// or null reads as empty, 0 or false. Money, prices and handicaps are in hundredths.
class Event {
 public:
  Type type = Type::unknown;
  WallNs t = 0;  ///< 0: the line has none
  std::int64_t unknown_fields = 0;
  std::array<std::pair<std::string_view, std::string_view>, kMostLabels> labels;
  std::size_t label_count = 0;

  bool has(Field field) const { return present_[at(field)]; }
  std::string_view text(Field field) const {
    return has(field) ? slots_[at(field)].text : std::string_view{};
  }
  std::int64_t number(Field field, std::int64_t otherwise = 0) const {
    return has(field) ? slots_[at(field)].number : otherwise;
  }
  bool truth(Field field) const { return number(field) != 0; }
  double real(Field field) const { return has(field) ? slots_[at(field)].real : 0; }

  // What the decoder does.
  void clear() {
    type = Type::unknown, t = 0, unknown_fields = 0, label_count = 0;
    present_.reset();
  }
  void set(Field field, std::string_view text) { slots_[mark(field)].text = text; }
  void set(Field field, std::int64_t number) { slots_[mark(field)].number = number; }
  void set(Field field, double real) { slots_[mark(field)].real = real; }
  const std::bitset<kFields>& present() const { return present_; }

 private:
  struct Slot {
    std::string_view text;
    union {
      std::int64_t number = 0;
      double real;
    };
  };
  static std::size_t at(Field field) { return static_cast<std::size_t>(field); }
  std::size_t mark(Field field) {
    present_.set(at(field));
    return at(field);
  }
  std::array<Slot, kFields> slots_;
  std::bitset<kFields> present_;
};

}  // namespace steward::journal
