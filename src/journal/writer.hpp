#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json_writer.hpp"
#include "base/money.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::journal {

/// Appends events to the journal that STEWARD_JOURNAL names: one write() each, the file opened anew every 5
/// seconds, a torn line of a predecessor ended first. Owned by the bot's trade loop or the agent; one thread
/// at a time.
///
///     writer.write(writer.event("note").field("text", "hello"));
class Writer {
 public:
  static constexpr std::int64_t kReopen = 5 * kSecond;

  /// An empty path writes nowhere.
  Writer(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}

  /// Begins an event of now; fields may be added to what it returns until write().
  JsonWriter& event(std::string_view type) { return event(type, clock_.wall()); }
  JsonWriter& event(std::string_view type, WallNs t);
  /// Ends the event and appends it. A failure loses this event only (events carry absolute values); counted.
  Status write(JsonWriter& event);
  Status write_line(std::string_view json);

  std::int64_t lost() const { return lost_; }

 private:
  Status open();

  std::string path_;
  const Clock& clock_;
  JsonWriter json_;
  std::string line_;
  Fd file_;
  MonoNs reopen_at_ = 0;
  std::int64_t lost_ = 0;
};

/// The fields of an order's events; those that are not set are left out (amounts: nullopt, texts: empty).
struct OrderFields {
  std::string_view customer_order_ref, strategy, bet_id, market_id, market_type;
  std::optional<std::int64_t> selection_id;
  std::optional<Pence> handicap;
  std::string_view side, order_type, persistence_type, error_code;
  std::optional<std::int64_t> price, average_price_matched;
  std::optional<Pence> size, size_matched, size_remaining, size_cancelled, size_lapsed, size_voided, profit;
  std::optional<std::int64_t> latency_ns;
  bool simulated = false;
};
/// `type` is one of order.intent … order.settled.
JsonWriter& add_order(JsonWriter& event, const OrderFields& order);

struct PositionFields {
  std::string_view strategy, market_id;
  std::int64_t selection_id = 0;
  Pence handicap = 0, if_win = 0, if_lose = 0;
  bool simulated = false;
};
JsonWriter& add_position(JsonWriter& event, const PositionFields& position);

struct PnlFields {
  std::string_view strategy, market_id, currency;  ///< no market_id: of the whole run
  std::optional<Pence> realized, unrealized, commission;
  bool simulated = false;
};
JsonWriter& add_pnl(JsonWriter& event, const PnlFields& pnl);

struct MarketFields {
  std::string_view market_id, market_type, market_name, event_name, venue, status;
  std::optional<WallNs> market_time;
  std::optional<bool> in_play;
  std::optional<std::int64_t> bet_delay, version;
};
/// For market.opened, market.status and market.closed.
JsonWriter& add_market(JsonWriter& event, const MarketFields& market);

/// Money as the journal has it: "12.34", never through a double.
JsonWriter& add_amount(JsonWriter& event, std::string_view name, std::optional<std::int64_t> hundredths);

}  // namespace steward::journal
