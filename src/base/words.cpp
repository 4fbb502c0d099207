#include "base/words.hpp"

namespace steward {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> unescape(std::string_view word) {
  std::string out;
  if (word == "%") return out;
  if (word.empty())
    return fail(Code::invalid, "two spaces or a space at the line's end: an empty word is written %");
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] < 0x21 || word[i] > 0x7e) return fail(Code::invalid, "a raw byte that must be written %XX");
    if (word[i] != '%') {
      out += word[i];
      continue;
    }
    const int high = i + 2 < word.size() ? hex_digit(word[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(word[i + 2]) : -1;
    if (low < 0) return fail(Code::invalid, "a % without two hexadecimal digits (0-9, A-F) after it");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string escape_word(std::string_view word) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (word.empty()) return "%";
  std::string out;
  for (const char raw : word) {
    const auto c = static_cast<unsigned char>(raw);
    if (c > 0x20 && c < 0x7f && c != '%') {
      out += raw;
    } else {
      out.append(1, '%').append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
    }
  }
  return out;
}

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t space = line.find(' ');
    auto word = unescape(line.substr(0, space));
    if (!word) return std::unexpected(word.error());
    words.push_back(std::move(*word));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

}  // namespace steward
