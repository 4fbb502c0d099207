// links: steward_backup
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "backup/lifecycle/prices.hpp"

using namespace steward::backup;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto price = parse_nanos(text); price && (*price < 0 || *price >= 100 * kDollar)) std::abort();
  if (const auto prices = parse_prices(text, "prices.toml"); prices && prices->standard.storage < 0)
    std::abort();
  return 0;
}
