#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "exchange/betfair/fixed_point.hpp"

namespace steward::betfair {

/// The name of a JSON key as one number, for `switch`; 0 when it has more than eight bytes.
constexpr std::uint64_t key_code(std::string_view name) {
  std::uint64_t code = 0;
  if (name.size() > 8) return 0;
  for (std::size_t i = name.size(); i > 0; --i) code = code << 8 | static_cast<unsigned char>(name[i - 1]);
  return code;
}

/// Walks one JSON text forward, token by token, where nine tenths of the time go: the reader asks for what it
/// expects, and false means that it is not there. Borrows the text, behind whose end 32 bytes are readable
/// (whatever they hold). What it gives out is inside the text.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* position() const { return at_; }

  /// Whether nothing but white space is left.
  bool finished() { return skip_space(), at_ == end_; }

  /// The next character behind white space, 0 at the end; it is not taken.
  [[gnu::always_inline]] char peek() {
    skip_space();
    return at_ < end_ ? *at_ : '\0';
  }

  [[gnu::always_inline]] bool take(char c) {
    if (at_ < end_ && *at_ == c) return ++at_, true;
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  /// A string's bytes as they stand, escapes and all. `plain`: there are none, and all is ASCII.
  [[gnu::always_inline]] bool string(std::string_view& out, bool& plain);

  /// A key and its colon. `code` is its key_code.
  [[gnu::always_inline]] bool key(std::string_view& name, std::uint64_t& code) {
    const std::uint64_t bytes = load_eight(at_ + 1);
    const std::uint64_t quotes = bytes_equal(bytes, '"');
    if (quotes != 0 && not_plain(bytes) == 0 && at_ + 9 < end_ && *at_ == '"') {
      const auto length = static_cast<unsigned>(std::countr_zero(quotes)) / 8;
      name = {at_ + 1, length};
      code = bytes & ((std::uint64_t{1} << (8 * length)) - 1);
      at_ += length + 2;
      return take(':');
    }
    bool plain = true;
    if (!string(name, plain)) return false;
    code = key_code(name);
    return take(':');
  }

  /// Numbers as hundredths; see read_hundredths.
  [[gnu::always_inline]] bool hundredths(std::int64_t& out) {
    skip_space();
    const char* at = at_;
    const bool good = read_hundredths(at, end_, out);
    at_ = at;
    return good;
  }

  [[gnu::always_inline]] bool integer(std::int64_t& out);

  /// `true` or `false`.
  [[gnu::always_inline]] bool boolean(bool& out);

  /// `null`; nothing is taken when something else stands there.
  [[gnu::always_inline]] bool null() { return peek() == 'n' && word("null"); }

  /// Any value, without a look at the words and numbers in it. Brackets must match, at most 64 deep.
  [[gnu::always_inline]] bool skip() {
    JsonScanner apart = *this;  // so that this one may stay in registers
    const bool good = apart.skip_value();
    at_ = apart.at_;
    return good;
  }

  /// Calls `each` at every element of an array; it takes the element.
  template <class Each>
  [[gnu::always_inline]] bool array(Each&& each) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!each()) return false;
    } while (take(','));
    return take(']');
  }

  /// Calls `each` with the key of every member of an object, as code and name; it takes the value.
  template <class Each>
  [[gnu::always_inline]] bool object(Each&& each) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      std::uint64_t code = 0;
      if (!key(name, code) || !each(code, name)) return false;
    } while (take(','));
    return take('}');
  }

 private:
  [[gnu::noinline]] bool skip_value();
  [[gnu::always_inline]] void skip_space() {
    while (at_ < end_ && static_cast<unsigned char>(*at_) <= ' ' && is_space(*at_)) ++at_;
  }
  /// Whether numbers, true, false and null are made of it.
  static bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
  }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  [[gnu::always_inline]] bool word(std::string_view literal) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(literal)) return false;
    at_ += literal.size();
    return true;
  }

  /// A high bit for each byte that is `c`; one behind the first may come of its carry.
  static std::uint64_t bytes_equal(std::uint64_t bytes, char c) {
    const std::uint64_t others = bytes ^ (static_cast<unsigned char>(c) * kEachByte);
    return (others - kEachByte) & ~others & kHighBits;
  }

  /// The same for each byte that is a backslash, a control character or no ASCII.
  static std::uint64_t not_plain(std::uint64_t bytes) {
    return bytes_equal(bytes, '\\') | (bytes & kHighBits) | ((bytes - 0x20 * kEachByte) & ~bytes & kHighBits);
  }

  const char* at_;
  const char* end_;
};

inline bool JsonScanner::string(std::string_view& out, bool& plain) {
  if (!take('"')) return false;
  const char* p = at_;
  plain = true;
  for (;;) {
    const std::uint64_t bytes = load_eight(p);
    const std::uint64_t quotes = bytes_equal(bytes, '"');
    const std::uint64_t odd = not_plain(bytes);
    const std::uint64_t found = quotes | odd;
    if (found == 0) {
      p += 8;
      if (p >= end_) return false;
      continue;
    }
    p += std::countr_zero(found) / 8;
    if (p >= end_) return false;
    if (*p == '"') break;
    if (static_cast<unsigned char>(*p) < 0x20) return false;
    plain = false;
    p += *p == '\\' ? 2 : 1;
    if (p >= end_) return false;
  }
  out = {at_, static_cast<std::size_t>(p - at_)};
  at_ = p + 1;
  return true;
}

inline bool JsonScanner::integer(std::int64_t& out) {
  const bool negative = take('-');
  const char* const first = at_;
  constexpr std::int64_t kPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  constexpr std::ptrdiff_t kMostDigits = 18;  // more could overflow
  std::int64_t number = 0;
  for (;;) {
    const LeadingDigits digits(at_);
    at_ += digits.count;
    if (at_ - first > kMostDigits) return false;
    const std::uint64_t last = digits.count == 0 ? 0 : digits.values << (8 * (8 - digits.count));
    number = number * kPowers[digits.count] + eight_digits(last);
    if (digits.count < 8) break;
  }
  const auto length = at_ - first;
  if (length < 1 || (length > 1 && *first == '0') || at_ > end_) return false;
  if (at_ < end_ && (is_digit(*at_) || *at_ == '.' || (*at_ | 0x20) == 'e')) return false;
  out = negative ? -number : number;
  return true;
}

inline bool JsonScanner::boolean(bool& out) {
  out = peek() == 't';
  return word(out ? "true" : "false");
}

inline bool JsonScanner::skip_value() {
  constexpr int kDeepest = 64;
  std::uint64_t objects = 0;  // a bit for each bracket that is open: 1 for {
  int depth = 0;
  do {
    const char c = peek();
    std::string_view text;
    bool plain = false;
    switch (c) {
      case '\0':
        return false;
      case '"':
        if (!string(text, plain)) return false;
        break;
      case '{':
      case '[':
        if (++depth > kDeepest) return false;
        objects = objects << 1 | (c == '{' ? 1 : 0);
        ++at_;
        continue;
      case '}':
      case ']':
        if (depth == 0 || (objects & 1) != (c == '}' ? 1 : 0)) return false;
        --depth, objects >>= 1;
        ++at_;
        break;
      case ',':
      case ':':
        if (depth == 0) return false;
        ++at_;
        continue;
      default:
        if (!is_word(c)) return false;
        while (at_ < end_ && is_word(*at_)) ++at_;
    }
  } while (depth > 0);
  return true;
}

}  // namespace steward::betfair
