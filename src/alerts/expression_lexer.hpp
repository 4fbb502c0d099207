#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "alerts/expression.hpp"

namespace steward::alerts {

struct Token {
  enum class Kind : std::uint8_t { end, name, number, string, symbol };
  Kind kind = Kind::end;
  std::size_t at = 0;     ///< byte in the text
  std::string_view text;  ///< as it stands there
  double number = 0;      ///< of a number, its unit counted in
  std::string string;     ///< of a string, without quotes and escapes

  bool is(std::string_view wanted) const {
    return (kind == Kind::symbol || kind == Kind::name) && text == wanted;
  }
};

/// Reads an expression's text word by word. Borrows the text.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// The next word; of kind end, again and again, after the last.
  std::expected<Token, ExpressionFault> next();
  /// A fault at a byte of the text.
  ExpressionFault fault(std::size_t at, std::string text) const;

 private:
  std::expected<Token, ExpressionFault> number();
  std::expected<Token, ExpressionFault> string(char quote);

  std::string_view text_;
  std::size_t at_ = 0;
};

/// "found …" of an error message.
std::string describe(const Token& token);

}  // namespace steward::alerts
