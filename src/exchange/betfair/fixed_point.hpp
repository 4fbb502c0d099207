#pragma once

#include <cstdint>
#include <string_view>

#include "base/money.hpp"

namespace steward::betfair {

/// Reads a JSON number at `at` as hundredths and moves `at` behind it; false when there is none before `end`
/// or it is beyond ±kMostPence. At most two decimals go the fast way; others are rounded by parse_hundredths.
inline bool read_hundredths(const char*& at, const char* end, std::int64_t& value) {
  const char* p = at;
  const bool negative = p < end && *p == '-';
  p += negative;
  const char* const first = p;
  std::int64_t whole = 0;
  while (p < end && static_cast<unsigned char>(*p - '0') < 10) whole = whole * 10 + (*p++ - '0');
  const auto digits = p - first;
  if (digits < 1 || digits > 13 || (digits > 1 && *first == '0')) return false;
  whole *= 100;
  if (p < end && *p == '.') {
    ++p;
    if (p == end || static_cast<unsigned char>(*p - '0') >= 10) return false;
    whole += (*p++ - '0') * 10;
    if (p < end && static_cast<unsigned char>(*p - '0') < 10) whole += *p++ - '0';
  }
  if (p < end && (static_cast<unsigned char>(*p - '0') < 10 || (*p | 0x20) == 'e')) {
    while (p < end &&
           (static_cast<unsigned char>(*p - '0') < 10 || (*p | 0x20) == 'e' || *p == '+' || *p == '-'))
      ++p;
    const auto exact = parse_hundredths({at, static_cast<std::size_t>(p - at)});
    if (!exact) return false;
    value = *exact;
  } else {
    value = negative ? -whole : whole;
  }
  at = p;
  return value <= kMostPence && value >= -kMostPence;
}

}  // namespace steward::betfair
