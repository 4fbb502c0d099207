#pragma once

#include <cstddef>
#include <cstdint>

#include "base/money.hpp"

namespace steward::betfair {

inline bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// read_hundredths for numbers with an exponent or more than two decimals, which are rounded.
bool read_long_hundredths(const char*& at, const char* end, std::int64_t& value);

/// Reads a JSON number at `at` as hundredths and moves `at` behind it; false when there is none before `end`
/// or it is beyond ±kMostPence.
inline bool read_hundredths(const char*& at, const char* end, std::int64_t& value) {
  const char* p = at;
  const bool negative = p < end && *p == '-';
  p += negative;
  const char* const first = p;
  std::int64_t whole = 0;
  constexpr std::ptrdiff_t kMostDigits = 14;  // kMostPence has no more before its point; more could overflow
  while (p < end && is_digit(*p) && p - first <= kMostDigits) whole = whole * 10 + (*p++ - '0');
  const auto digits = p - first;
  if (digits < 1 || digits > kMostDigits || (digits > 1 && *first == '0')) return false;
  whole *= 100;
  if (p < end && *p == '.') {
    ++p;
    if (p == end || !is_digit(*p)) return false;
    whole += (*p++ - '0') * 10;
    if (p < end && is_digit(*p)) whole += *p++ - '0';
  }
  if (p < end && (is_digit(*p) || (*p | 0x20) == 'e')) return read_long_hundredths(at, end, value);
  value = negative ? -whole : whole;
  at = p;
  return whole <= kMostPence;
}

}  // namespace steward::betfair
