#include "metrics/number.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace steward::metrics {
namespace {

std::size_t copy(std::span<char, Number::kMostText> out, std::string_view text) {
  std::memcpy(out.data(), text.data(), text.size());
  return text.size();
}

/// `value` / 10^digits with its decimals; `trim`: without zeros at the end.
std::size_t write_decimal(std::span<char, Number::kMostText> out, std::int64_t value, int digits, bool trim) {
  char* at = out.data();
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  std::uint64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  at = std::to_chars(at, out.data() + out.size(), magnitude / scale).ptr;
  std::uint64_t rest = magnitude % scale;
  if (trim && rest == 0) return static_cast<std::size_t>(at - out.data());
  *at++ = '.';
  for (scale /= 10; scale > 0; scale /= 10) {
    *at++ = static_cast<char>('0' + rest / scale);
    rest %= scale;
    if (trim && rest == 0) break;
  }
  return static_cast<std::size_t>(at - out.data());
}

}  // namespace

bool Number::same(const Number& other) const {
  if (form_ != other.form_) return false;
  if (form_ == Form::real)
    return std::bit_cast<std::uint64_t>(real_) == std::bit_cast<std::uint64_t>(other.real_);
  return integer_ == other.integer_;
}

double Number::as_double() const {
  switch (form_) {
    case Form::hundredths:
      return static_cast<double>(integer_) / 100;
    case Form::seconds:
      return static_cast<double>(integer_) / 1e9;
    case Form::real:
      return real_;
    case Form::integer:
      break;
  }
  return static_cast<double>(integer_);
}

std::size_t Number::write(std::span<char, kMostText> out) const {
  switch (form_) {
    case Form::hundredths:
      return write_decimal(out, integer_, 2, false);
    case Form::seconds:
      return write_decimal(out, integer_, 9, true);
    case Form::real:
      if (std::isnan(real_)) return copy(out, "NaN");
      if (std::isinf(real_)) return copy(out, real_ > 0 ? "+Inf" : "-Inf");
      return static_cast<std::size_t>(std::to_chars(out.data(), out.data() + out.size(), real_).ptr -
                                      out.data());
    case Form::integer:
      break;
  }
  return static_cast<std::size_t>(std::to_chars(out.data(), out.data() + out.size(), integer_).ptr -
                                  out.data());
}

}  // namespace steward::metrics
