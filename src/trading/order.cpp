#include "trading/order.hpp"

namespace steward::trading {

std::string_view name_of(Side side) {
  return side == Side::back ? "BACK" : "LAY";
}

std::string_view name_of(Persistence persistence) {
  switch (persistence) {
    case Persistence::lapse:
      return "LAPSE";
    case Persistence::persist:
      return "PERSIST";
    case Persistence::market_on_close:
      return "MARKET_ON_CLOSE";
  }
  return "LAPSE";
}

}  // namespace steward::trading
