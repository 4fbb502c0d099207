#pragma once

#include <optional>
#include <string_view>

namespace steward::logs {

/// The members of one JSON object, one after another, without looking into those that are objects or arrays:
/// a log's lines are many, may be cut off, and only few of their fields matter. Ends at the first thing that
/// is no JSON. Borrows the text; allocates nothing.
class JsonFields {
 public:
  struct Field {
    std::string_view key, value;  ///< as they stand, texts without their quotes and still escaped
    bool is_text = false;
  };

  /// `text` begins with "{".
  explicit JsonFields(std::string_view text) : rest_(text) { rest_.remove_prefix(1); }

  std::optional<Field> next();

 private:
  std::optional<std::string_view> take_text();
  bool take(char c);
  void skip_space();
  bool skip_nested();

  std::string_view rest_;
};

}  // namespace steward::logs
