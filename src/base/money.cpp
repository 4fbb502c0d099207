#include "base/money.hpp"

#include <algorithm>

namespace steward {

namespace {
bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// The parts of a JSON number (RFC 8259 section 6): its digits with the point taken out, and where the point
/// was.
struct Decimal {
  bool negative = false;
  std::string digits;
  int point = 0;
};

bool read_exponent(std::string_view text, int& exponent) {
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, digit)) return false;
  for (const char c : text) exponent = std::min(10'000, exponent * 10 + (c - '0'));
  if (negative) exponent = -exponent;
  return true;
}

bool read_decimal(std::string_view text, Decimal& out) {
  if (text.size() > 400) return false;
  std::size_t i = 0;
  if (i < text.size() && text[i] == '-') out.negative = true, ++i;
  const std::size_t first = i;
  while (i < text.size() && digit(text[i])) out.digits += text[i++];
  if (i == first || (text[first] == '0' && i - first > 1)) return false;
  out.point = static_cast<int>(out.digits.size());
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = ++i;
    while (i < text.size() && digit(text[i])) out.digits += text[i++];
    if (i == fraction) return false;
  }
  int exponent = 0;
  if (!read_exponent(text.substr(i), exponent)) return false;
  out.point += exponent;
  return true;
}
}  // namespace

Result<std::int64_t> parse_hundredths(std::string_view number) {
  Decimal decimal;
  if (!read_decimal(number, decimal)) return fail(Code::invalid, "not a number");
  std::int64_t value = 0;
  const int wanted = decimal.point + 2;  // digits before the point of the number times a hundred
  for (int i = 0; i < wanted; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int d = at < decimal.digits.size() ? decimal.digits[at] - '0' : 0;
    if (value == 0 && d == 0 && at >= decimal.digits.size()) break;
    value = value * 10 + d;
    if (value > kMostPence) return fail(Code::invalid, "the number is too large");
  }
  if (wanted >= 0 && static_cast<std::size_t>(wanted) < decimal.digits.size() &&
      decimal.digits[static_cast<std::size_t>(wanted)] >= '5') {
    ++value;
  }
  return decimal.negative ? -value : value;
}

std::string format_hundredths(std::int64_t hundredths) {
  const auto magnitude =
      hundredths < 0 ? 0 - static_cast<std::uint64_t>(hundredths) : static_cast<std::uint64_t>(hundredths);
  return fmt::format("{}{}.{:02}", hundredths < 0 ? "-" : "", magnitude / 100, magnitude % 100);
}

std::string format_money(Pence amount, std::string_view currency) {
  const std::string_view sign = amount < 0 ? "-" : "";
  const std::string plain = format_hundredths(amount < 0 ? -amount : amount);
  if (currency.empty()) return fmt::format("{}{}", sign, plain);
  if (currency == "GBP") return fmt::format("{}£{}", sign, plain);
  if (currency == "EUR") return fmt::format("{}€{}", sign, plain);
  if (currency == "USD") return fmt::format("{}${}", sign, plain);
  return fmt::format("{}{} {}", sign, currency, plain);
}

}  // namespace steward
