#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"

namespace steward::trading {

enum class Side : std::uint8_t { back, lay };
enum class Persistence : std::uint8_t { lapse, persist, market_on_close };

/// Where an order stands with the exchange: sent and unanswered, able to match, asked to go, done.
enum class OrderStatus : std::uint8_t { pending, executable, cancelling, replacing, execution_complete };

std::string_view name_of(Side side);
std::string_view name_of(Persistence persistence);

/// What a strategy asks for: a LIMIT order.
struct OrderRequest {
  std::int64_t selection_id = 0;
  std::int64_t handicap = 0;  ///< hundredths
  Side side = Side::back;
  Price price = 0;
  Pence size = 0;
  Persistence persistence = Persistence::lapse;
};

/// One match; the price changes when a runner is withdrawn later.
struct Fill {
  std::int64_t publish_time = 0;  ///< ms
  Price price = 0;
  Pence size = 0;
};

/// One order from intent to settlement. Owned by its market; strategies see it until the market is settled.
/// Times are publish times in milliseconds.
struct Order {
  OrderRequest request;
  std::string customer_order_ref;
  std::string bet_id;  ///< empty until the exchange has it
  OrderStatus status = OrderStatus::pending;
  std::string error_code;  ///< why the exchange refused it

  Pence size_matched = 0, size_cancelled = 0, size_lapsed = 0, size_voided = 0;
  Price average_price_matched = 0;
  std::vector<Fill> fills;
  Pence profit = 0;  ///< before commission, once settled

  std::int64_t created = 0, placed = 0, completed = 0;

  // The paper exchange's own.
  double queue_ahead = 0;           ///< money in front of it at its price
  std::int64_t market_version = 0;  ///< the last one seen
  bool sp_reconciled = false;

  Pence size_remaining() const {
    return request.size - size_matched - size_cancelled - size_lapsed - size_voided;
  }
  bool live() const { return status != OrderStatus::pending && status != OrderStatus::execution_complete; }
};

}  // namespace steward::trading
