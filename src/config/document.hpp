#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace steward::config {

struct Member;

/// One value of a TOML document with the line it stands on; a plain tree, so that only document.cpp knows
/// toml++.
struct Node {
  using Array = std::vector<Node>;
  using Table = std::vector<Member>;
  /// A kind of value that no setting has: a float or a date. Holds its name ("a float").
  struct Other {
    std::string kind;
  };

  std::variant<std::string, std::int64_t, bool, Other, Array, Table> value;
  int line = 0;

  /// "the text \"10s\"", "the integer 5", "a table", …: for "expected X, found Y".
  std::string description() const;
};

/// One `key = value` of a table, and the line of the key.
struct Member {
  std::string key;
  int line = 0;
  Node node;
};

/// Where a document is not TOML, and why.
struct SyntaxError {
  int line = 0;
  std::string text;
};

/// A TOML 1.0 document as a table, members in the order of their lines.
std::expected<Node, SyntaxError> parse_document(std::string_view text);

}  // namespace steward::config
