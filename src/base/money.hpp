#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward {

/// Money in hundredths of the currency's unit (pence, cents). Never a double.
using Pence = std::int64_t;
/// Decimal odds in hundredths: 1.01 is 101, 1000 is 100000. 0 is none.
using Price = std::int32_t;

inline constexpr Pence kMostPence = 9'000'000'000'000'000;

/// A JSON number ("12", "-3.5", "1e2", "0.129999999") → hundredths, rounded half away from zero. Decimal
/// arithmetic throughout; Code::invalid when it is no JSON number or beyond ±kMostPence.
Result<std::int64_t> parse_hundredths(std::string_view number);

/// 1234 → "12.34", -5 → "-0.05": a JSON number with two decimals.
std::string format_hundredths(std::int64_t hundredths);

/// "£12.34", "-€3.00", "USD 5.00", or "12.34" when the currency is empty: as people read it.
std::string format_money(Pence amount, std::string_view currency);

}  // namespace steward
