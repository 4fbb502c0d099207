#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::backup {

/// Dollars (or what else a bucket is paid in) in thousand-millionths.
using Nanos = std::int64_t;
inline constexpr Nanos kDollar = 1'000'000'000;

/// "0.0125" → 12'500'000: at most nine decimals, below a hundred.
Result<Nanos> parse_nanos(std::string_view text);
/// "12.345678901" with as many decimals as are asked for, rounded.
std::string format_nanos(Nanos amount, int decimals);

/// What one storage class costs.
struct ClassPrices {
  Nanos storage = 0;     ///< of a GB (2^30 bytes) for a month
  Nanos transition = 0;  ///< of moving 1000 objects into it
  Nanos retrieval = 0;   ///< of reading a GB
  bool operator==(const ClassPrices&) const = default;
};

/// What a bucket costs, and since when that is known.
struct Prices {
  std::string region;
  std::string date;
  ClassPrices standard, ia, glacier;
};

/// Amazon's prices there; none when they are not known. From aws.amazon.com/s3/pricing, first 50 TB, without
/// tax.
std::optional<Prices> amazon_prices(std::string_view region);
/// The regions of that table.
std::vector<std::string_view> priced_regions();

/// The user's own table (docs/configuration.md#prices); `file` for messages. Errors name the line.
Result<Prices> parse_prices(std::string_view text, const std::string& file);
Result<Prices> read_prices(const std::string& file);

}  // namespace steward::backup
