#include "logs/json_fields.hpp"

#include <algorithm>

namespace steward::logs {

std::optional<JsonFields::Field> JsonFields::next() {
  take(',');
  const auto key = take_text();
  if (!key || !take(':')) return std::nullopt;
  skip_space();
  if (rest_.empty()) return std::nullopt;
  Field field{.key = *key};
  if (rest_[0] == '"') {
    const auto value = take_text();
    if (!value) return std::nullopt;
    field.value = *value;
    field.is_text = true;
    return field;
  }
  if (rest_[0] == '{' || rest_[0] == '[') {
    if (!skip_nested()) return std::nullopt;
    return field;
  }
  const auto end = std::min(rest_.find_first_of(",} \t"), rest_.size());
  field.value = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return field;
}

std::optional<std::string_view> JsonFields::take_text() {
  skip_space();
  if (!rest_.starts_with('"')) return std::nullopt;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    i = std::min(rest_.find_first_of("\"\\", i), rest_.size());
    if (i == rest_.size()) break;
    if (rest_[i] == '\\') {
      ++i;
      continue;
    }
    const auto text = rest_.substr(1, i - 1);
    rest_.remove_prefix(i + 1);
    return text;
  }
  return std::nullopt;
}

bool JsonFields::take(char c) {
  skip_space();
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void JsonFields::skip_space() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
}

bool JsonFields::skip_nested() {
  int depth = 0;
  while (!rest_.empty()) {
    const char c = rest_[0];
    if (c == '"') {
      if (!take_text()) return false;
      continue;
    }
    rest_.remove_prefix(1);
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (depth == 0) return true;
  }
  return false;
}

}  // namespace steward::logs
