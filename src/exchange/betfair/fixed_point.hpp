#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/money.hpp"

namespace steward::betfair {

static_assert(std::endian::native == std::endian::little, "eight bytes of text are read as one number");

/// Eight bytes of text, the first one lowest.
inline std::uint64_t load_eight(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

inline constexpr std::uint64_t kEachByte = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t kHighBits = 0x80 * kEachByte;

inline bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// Eight digits (values 0 to 9, the first one lowest) as one number.
inline std::int64_t eight_digits(std::uint64_t digits) {
  digits = (digits * 10) + (digits >> 8);  // pairs, in every second byte
  digits = (((digits & 0x0000'00FF'0000'00FF) * 0x000F'4240'0000'0064) +
            (((digits >> 16) & 0x0000'00FF'0000'00FF) * 0x0000'2710'0000'0001)) >>
           32;
  return static_cast<std::int64_t>(digits & 0xFFFF'FFFF);
}

/// The values of the digits that eight bytes of text begin with, and how many they are. What stands behind
/// them in `values` means nothing.
struct LeadingDigits {
  explicit LeadingDigits(const char* at) : values(load_eight(at) ^ ('0' * kEachByte)) {
    // A high bit for each byte that is no digit; one behind the first may come of its carry.
    const std::uint64_t others = ((values + 0x76 * kEachByte) | values) & kHighBits;
    count = others == 0 ? 8 : static_cast<unsigned>(std::countr_zero(others)) / 8;
  }
  std::uint64_t values;
  unsigned count;
};

/// read_hundredths for the numbers that are not short.
bool read_any_hundredths(const char*& at, const char* end, std::int64_t& value);

/// Reads a JSON number at `at` as hundredths (more decimals are rounded) and moves `at` behind it; false when
/// there is none before `end` or it is beyond ±kMostPence. At least 16 bytes behind `end` are readable.
///
/// A short one ("1.01", "12345.67", "15020") is read without a loop: its whole and decimal digits are shifted
/// into their places among eight, so that a length that changes from number to number costs no mispredicted
/// branch.
[[gnu::always_inline]] inline bool read_hundredths(const char*& at, const char* end, std::int64_t& value) {
  const char* const p = at;
  const LeadingDigits whole(p);
  const char* const behind = p + whole.count;
  const LeadingDigits decimals(behind + 1);
  const bool point = *behind == '.';
  const unsigned places = point ? decimals.count : 0;
  const char* const next = behind + point + places;
  // Within 1 to 6 whole digits without a leading zero, and 0 to 2 decimals, one at least behind a point.
  const bool is_short = whole.count - 1 < 6 && places < 3 && point == (places > 0) &&
                        !(whole.count > 1 && *p == '0') && (*next | 0x20) != 'e' && next <= end;
  if (!is_short) {
    const char* apart = p;  // so that `at` may stay in a register
    const bool good = read_any_hundredths(apart, end, value);
    at = apart;
    return good;
  }
  const std::uint64_t in_front = (whole.values << (8 * (6 - whole.count))) & 0x0000'FFFF'FFFF'FFFF;
  const std::uint64_t last = decimals.values & ((std::uint64_t{1} << (8 * places)) - 1);
  value = eight_digits(in_front | last << 48);
  at = next;
  return true;
}

}  // namespace steward::betfair
