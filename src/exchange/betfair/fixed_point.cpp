#include "exchange/betfair/fixed_point.hpp"

#include <string_view>

namespace steward::betfair {

bool read_long_hundredths(const char*& at, const char* end, std::int64_t& value) {
  constexpr std::string_view kOfNumbers = "+-.eE";
  const char* p = at;
  while (p < end && (is_digit(*p) || kOfNumbers.contains(*p))) ++p;
  const auto exact = parse_hundredths({at, static_cast<std::size_t>(p - at)});
  if (!exact) return false;
  value = *exact;
  at = p;
  return true;
}

}  // namespace steward::betfair
