#include "metrics/text.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace steward::metrics {
namespace {

constexpr std::size_t kLongestName = 200;

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_metric_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && !digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return letter(c) || digit(c) || c == ':'; });
}

bool is_label_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && !digit(name.front()) && !name.starts_with("__") &&
         std::ranges::all_of(name, [](char c) { return letter(c) || digit(c); });
}

void append_label_value(std::string& out, std::string_view value) {
  append_help(out, value, true);
}

void append_help(std::string& out, std::string_view help, bool escape_quotes) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && escape_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace steward::metrics
