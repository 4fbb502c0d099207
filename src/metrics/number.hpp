#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/money.hpp"

namespace steward::metrics {

/// A sample's value, kept in the form it came in, so that counts, money and durations are written exactly.
class Number {
 public:
  /// Room that any value's text fits in.
  static constexpr std::size_t kMostText = 32;

  Number() = default;
  template <std::integral T>
  Number(T value) : integer_(static_cast<std::int64_t>(value)) {}
  Number(double value) : form_(Form::real), real_(value) {}
  /// Pounds and pence: 1234 is written "12.34".
  static Number hundredths(std::int64_t value) { return Number(Form::hundredths, value); }
  /// Nanoseconds, written in seconds: 1'500'000'000 is "1.5".
  static Number seconds(std::int64_t ns) { return Number(Form::seconds, ns); }

  /// Whether a counter may have it: not negative, not NaN.
  bool countable() const { return form_ == Form::real ? real_ >= 0 : integer_ >= 0; }
  /// The same text (NaN is the same as NaN).
  bool same(const Number& other) const;
  /// As near as a double comes to it.
  double as_double() const;
  /// Writes the text; both exposition formats read all that is written here. Returns its length.
  std::size_t write(std::span<char, kMostText> out) const;

 private:
  enum class Form : std::uint8_t { integer, hundredths, seconds, real };
  Number(Form form, std::int64_t value) : form_(form), integer_(value) {}

  Form form_ = Form::integer;
  union {
    std::int64_t integer_ = 0;
    double real_;
  };
};

}  // namespace steward::metrics
