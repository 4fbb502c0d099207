#include "convert/unit_values.hpp"

#include <algorithm>
#include <charconv>

#include "base/clock.hpp"
#include "base/utf8.hpp"
#include "convert/foreign_bot.hpp"

namespace steward::convert {

namespace {

constexpr double kYear = 365.25 * 24 * 3600 * 1e9;

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit kUnits[] = {{"ns", 1},
                           {"nsec", 1},
                           {"us", 1e3},
                           {"usec", 1e3},
                           {"µs", 1e3},
                           {"ms", 1e6},
                           {"msec", 1e6},
                           {"", 1e9},
                           {"s", 1e9},
                           {"sec", 1e9},
                           {"second", 1e9},
                           {"seconds", 1e9},
                           {"m", 60e9},
                           {"min", 60e9},
                           {"minute", 60e9},
                           {"minutes", 60e9},
                           {"h", 3600e9},
                           {"hr", 3600e9},
                           {"hour", 3600e9},
                           {"hours", 3600e9},
                           {"d", 86400e9},
                           {"day", 86400e9},
                           {"days", 86400e9},
                           {"w", 604800e9},
                           {"week", 604800e9},
                           {"weeks", 604800e9},
                           {"M", kYear / 12},
                           {"month", kYear / 12},
                           {"months", kYear / 12},
                           {"y", kYear},
                           {"year", kYear},
                           {"years", kYear}};

std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0) || number > 1e15) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string utf8(unsigned code) {
  if (code < 0x80) return {static_cast<char>(code)};
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

/// The escape after a backslash at the front of `text`; false when it is none.
bool take_escape(std::string_view& text, std::string& word) {
  constexpr std::string_view kNames = "abfnrtvs\\\"'", kMeans = "\a\b\f\n\r\t\v \\\"'";
  if (text.empty()) return false;
  if (const auto at = kNames.find(text[0]); at != std::string_view::npos) {
    word += kMeans[at];
    text.remove_prefix(1);
    return true;
  }
  const char kind = text[0];
  const bool octal = kind >= '0' && kind <= '7';
  const std::size_t digits = octal ? 3 : kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  const std::size_t begin = octal ? 0 : 1;
  if (digits == 0 || text.size() < begin + digits) return false;
  unsigned code = 0;
  const char* const from = text.data() + begin;
  const auto [end, error] = std::from_chars(from, from + digits, code, octal ? 8 : 16);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  // A byte above 0x7f would not be text by itself.
  const bool byte_too_large = (octal || kind == 'x') && code > 0x7f;
  if (error != std::errc{} || end != from + digits || code == 0 || code > 0x10ffff || surrogate ||
      byte_too_large)
    return false;
  word += utf8(code);
  text.remove_prefix(begin + digits);
  return true;
}

}  // namespace

std::optional<std::int64_t> unit_time_span(std::string_view text) {
  text = trimmed(text);
  if (text == "infinity") return kInfinite;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    text = trimmed(text);
    const auto name = text.substr(0, text.find_first_of(" \t0123456789."));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (unit == nullptr) return std::nullopt;
    total += *number * unit->ns;
    text = trimmed(text.substr(name.size()));
  }
  if (total >= 100 * kYear) return kInfinite;
  return static_cast<std::int64_t>(total / 1e3 + 0.5) * kMicrosecond;  // as exact as systemd keeps it
}

std::optional<std::int64_t> unit_bytes(std::string_view text) {
  text = trimmed(text);
  if (text == "infinity") return kInfinite;
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  constexpr std::string_view kLetters = "BKMGTPE";
  const auto power = text.empty() ? 0 : kLetters.find(text[0]);
  if (power == std::string_view::npos || text.size() > 1) return std::nullopt;
  double bytes = *number;
  for (std::size_t i = 0; i < power; ++i) bytes *= 1024;
  return bytes < 9e18 ? static_cast<std::int64_t>(bytes) : kInfinite;
}

std::optional<bool> unit_truth(std::string_view text) {
  for (const std::string_view yes : {"yes", "true", "on", "1", "y", "t"})
    if (text == yes) return true;
  for (const std::string_view no : {"no", "false", "off", "0", "n", "f"})
    if (text == no) return false;
  return std::nullopt;
}

Result<std::vector<std::string>> unit_words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string> words;
  while (true) {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    std::string word;
    char quote = 0;
    while (!text.empty() && (quote != 0 || kSpace.find(text[0]) == std::string_view::npos)) {
      const char c = text[0];
      text.remove_prefix(1);
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '\\' && quote == 0 && text.starts_with(';')) {
        word += '\\';  // "\;" as a word is a semicolon that ends no command; the caller knows
      } else if (c != '\\') {
        word += c;
      } else if (!take_escape(text, word)) {
        return fail(Code::invalid, "\\{} is no escape that is known; write \\\\ for a backslash",
                    text.substr(0, std::max<std::size_t>(1, utf8_length(text))));
      }
    }
    if (quote != 0) return fail(Code::invalid, "a {} has no end; close the quote", quote);
    words.push_back(std::move(word));
  }
}

}  // namespace steward::convert
