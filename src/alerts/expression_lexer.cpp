#include "alerts/expression_lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/units.hpp"
#include "base/utf8.hpp"

namespace steward::alerts {

namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

/// 12, 0.5, 1e6, and with the units of our configuration: 85% is 0.85, 90s is 90, 2h is 7200, 64MiB is
/// 67108864.
bool read_number(std::string_view word, double& out) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  if (error == std::errc{} && end == word.data() + word.size()) return true;
  if (const auto percent = parse_percent(word); percent) {
    out = *percent;
  } else if (const auto duration = parse_duration(word); duration) {
    out = static_cast<double>(*duration) / 1e9;
  } else if (const auto bytes = parse_bytes(word); bytes) {
    out = static_cast<double>(*bytes);
  } else {
    return false;
  }
  return true;
}

}  // namespace

ExpressionFault Lexer::fault(std::size_t at, std::string text) const {
  const auto before = text_.substr(0, at);
  const auto characters = std::ranges::count_if(before, [](char c) { return (c & 0xc0) != 0x80; });
  return {static_cast<std::size_t>(characters) + 1, std::move(text)};
}

std::expected<Token, ExpressionFault> Lexer::next() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  Token token{.at = at_};
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (digit(c) || (c == '.' && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) return number();
  if (c == '"' || c == '\'') return string(c);
  if (letter(c)) {
    std::size_t end = at_;
    while (end < text_.size() && (letter(text_[end]) || digit(text_[end]))) ++end;
    token.kind = Token::Kind::name;
    token.text = text_.substr(at_, end - at_);
  } else {
    for (const std::string_view symbol : {"==", "!=", ">=", "<=", "=~", "!~", "+", "-", "*", "/",
                                          ">",  "<",  "(",  ")",  "{",  "}",  "[", "]", ",", "="}) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      token.kind = Token::Kind::symbol;
      token.text = text_.substr(at_, symbol.size());
      break;
    }
    if (token.text.empty()) {
      const auto bytes = text_.substr(at_, std::max<std::size_t>(1, utf8_length(text_.substr(at_))));
      return std::unexpected(fault(at_, fmt::format("\"{}\" has no meaning here", bytes)));
    }
  }
  at_ += token.text.size();
  return token;
}

std::expected<Token, ExpressionFault> Lexer::number() {
  Token token{.kind = Token::Kind::number, .at = at_};
  std::size_t end = at_;
  while (end < text_.size() &&
         (digit(text_[end]) || letter(text_[end]) || text_[end] == '.' || text_[end] == '%')) {
    const bool exponent = text_[end] == 'e' && end + 2 < text_.size() &&
                          (text_[end + 1] == '-' || text_[end + 1] == '+') && digit(text_[end + 2]);
    end += exponent ? 2 : 1;
  }
  token.text = text_.substr(at_, end - at_);
  if (!read_number(token.text, token.number))
    return std::unexpected(fault(
        at_, fmt::format("expected a number, such as 200, 0.5, 85%, 30s or 64MiB, found {}", token.text)));
  at_ = end;
  return token;
}

std::expected<Token, ExpressionFault> Lexer::string(char quote) {
  Token token{.kind = Token::Kind::string, .at = at_};
  for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
    char c = text_[i];
    if (c == quote) {
      token.text = text_.substr(at_, i + 1 - at_);
      at_ = i + 1;
      return token;
    }
    if (c == '\\') {
      c = ++i < text_.size() ? text_[i] : '\0';
      if (c == 'n') {
        c = '\n';
      } else if (c != '\\' && c != '"' && c != '\'') {
        return std::unexpected(fault(i - 1, "expected \\\\, \\\", \\' or \\n after a backslash"));
      }
    }
    token.string += c;
  }
  return std::unexpected(fault(at_, "this text has no closing quote"));
}

std::string describe(const Token& token) {
  if (token.kind == Token::Kind::end) return "the end";
  return token.kind == Token::Kind::string ? std::string(token.text) : fmt::format("\"{}\"", token.text);
}

}  // namespace steward::alerts
