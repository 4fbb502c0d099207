#include "exchange/betfair/price_ladder.hpp"

#include <algorithm>
#include <array>

namespace steward::betfair {

namespace {
struct Band {
  Price from, step;
};
constexpr std::array<Band, 10> kBands{{{101, 1},
                                       {200, 2},
                                       {300, 5},
                                       {400, 10},
                                       {600, 20},
                                       {1000, 50},
                                       {2000, 100},
                                       {3000, 200},
                                       {5000, 500},
                                       {10000, 1000}}};

constexpr std::array<Price, kTicks> make_ladder() {
  std::array<Price, kTicks> prices{};
  std::size_t band = 0;
  Price price = kBands[0].from;
  for (Price& each : prices) {
    while (band + 1 < kBands.size() && price >= kBands[band + 1].from) ++band;
    each = price;
    price += kBands[band].step;
  }
  return prices;
}
constexpr std::array<Price, kTicks> kLadder = make_ladder();
static_assert(kLadder.back() == 100'000);
}  // namespace

Price price_at(int tick) {
  return kLadder[static_cast<std::size_t>(std::clamp(tick, 0, kTicks - 1))];
}

int tick_at_or_below(Price price) {
  const auto above = std::ranges::upper_bound(kLadder, price);
  return std::max(0, static_cast<int>(above - kLadder.begin()) - 1);
}

std::optional<int> tick_of(Price price) {
  const int tick = tick_at_or_below(price);
  if (price_at(tick) != price) return std::nullopt;
  return tick;
}

}  // namespace steward::betfair
