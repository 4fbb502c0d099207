#include "exchange/betfair/fixed_point.hpp"

#include <string_view>

namespace steward::betfair {

namespace {
/// With an exponent, more than two decimals, or more digits than any amount (an exponent may make it one).
bool read_unusual(const char*& at, const char* end, std::int64_t& value) {
  constexpr std::string_view kOfNumbers = "+-.eE";
  const char* p = at;
  while (p < end && (is_digit(*p) || kOfNumbers.contains(*p))) ++p;
  const auto exact = parse_hundredths({at, static_cast<std::size_t>(p - at)});
  if (!exact) return false;
  value = *exact;
  at = p;
  return true;
}
}  // namespace

bool read_any_hundredths(const char*& at, const char* end, std::int64_t& value) {
  const char* p = at;
  const bool negative = p < end && *p == '-';
  p += negative;
  const char* const first = p;
  std::int64_t whole = 0;
  constexpr std::ptrdiff_t kMostDigits = 14;  // kMostPence has no more before its point; more could overflow
  while (p < end && is_digit(*p) && p - first <= kMostDigits) whole = whole * 10 + (*p++ - '0');
  const auto digits = p - first;
  if (digits < 1 || (digits > 1 && *first == '0')) return false;
  if (digits > kMostDigits) return read_unusual(at, end, value);
  whole *= 100;
  if (p < end && *p == '.') {
    ++p;
    if (p == end || !is_digit(*p)) return false;
    whole += (*p++ - '0') * 10;
    if (p < end && is_digit(*p)) whole += *p++ - '0';
  }
  if (p < end && (is_digit(*p) || (*p | 0x20) == 'e')) return read_unusual(at, end, value);
  value = negative ? -whole : whole;
  at = p;
  return whole <= kMostPence;
}

}  // namespace steward::betfair
