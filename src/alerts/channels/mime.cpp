#include "alerts/channels/mime.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "alerts/channels/fit.hpp"
#include "base/clock.hpp"
#include "base/utf8.hpp"

namespace steward::alerts {

namespace {

constexpr std::size_t kLine = 76;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }) && !text.contains("=?") &&
         !text.starts_with(' ') && !text.ends_with(' ');
}

std::string one_line(std::string_view text) {
  std::string line = fit(text, kNoLimit);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

/// RFC 2047's "Q" of one character: letters and digits as they are.
std::string q_encoded(std::string_view character) {
  const char c = character[0];
  const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (character.size() == 1 && plain) return std::string(character);
  if (character == " ") return "_";
  std::string out;
  for (const char byte : character) out += fmt::format("={:02X}", static_cast<unsigned char>(byte));
  return out;
}

/// Encoded-words, none of which cuts a character, on lines of at most 76 characters, of which the first has
/// `taken` already.
std::string encoded_words(std::string_view text, std::size_t taken) {
  constexpr std::string_view kBegin = "=?UTF-8?Q?", kEnd = "?=";
  constexpr std::size_t kMarks = kBegin.size() + kEnd.size();
  std::string out(kBegin);
  for (std::size_t used = taken + kMarks; !text.empty();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
    const std::string encoded = q_encoded(text.substr(0, length));
    if (used + encoded.size() > kLine) {
      out += std::string(kEnd) + "\r\n " + std::string(kBegin);
      used = 1 + kMarks;
    }
    out += encoded;
    used += encoded.size();
    text.remove_prefix(length);
  }
  return out + std::string(kEnd);
}

}  // namespace

std::string address_field(std::string_view name, std::string_view phrase, std::string_view address) {
  const std::string line = one_line(phrase);
  const bool atoms = std::ranges::all_of(line, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '-' || c == '_';
  });
  const std::size_t taken = name.size() + 2;
  const bool plain = atoms && is_plain(line) && taken + line.size() <= kLine;
  return fmt::format("{}: {}\r\n <{}>\r\n", name, plain ? line : encoded_words(line, taken), address);
}

std::string header_field(std::string_view name, std::string_view value) {
  const std::string line = one_line(value);
  const std::string encoded = std::string(name) + ": " + encoded_words(line, name.size() + 2) + "\r\n";
  if (!is_plain(line)) return encoded;
  std::string out = std::string(name) + ":";
  std::size_t used = out.size();
  for (std::string_view rest = line; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.size() + 1 >= kLine) return encoded;
    if (used + 1 + word.size() > kLine && used > name.size() + 1) {
      out += "\r\n";
      used = 0;
    }
    out += ' ';
    out += word;
    used += 1 + word.size();
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return out + "\r\n";
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() > kLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool line_ends = i + 1 == text.size() || text[i + 1] == '\n';
    if (byte == '\n') {
      out += "\r\n";
      column = 0;
    } else if ((byte >= 0x21 && byte < 0x7f && byte != '=') ||
               ((byte == ' ' || byte == '\t') && !line_ends)) {
      put(text.substr(i, 1));
    } else {
      put(fmt::format("={:02X}", byte));
    }
  }
  return out.ends_with("\r\n") || out.empty() ? out : out + "\r\n";
}

std::string mail_date(std::int64_t wall_ns) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<time_t>(wall_ns / kSecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
      kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace steward::alerts
