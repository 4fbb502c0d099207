#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace steward {

/// Writes JSON into a string it owns, commas by itself: journal lines, API answers, `--json`. The caller
/// keeps the nesting right. Text that is not UTF-8 gets U+FFFD in place of each bad byte, so what is written
/// always parses.
///
///     JsonWriter w;
///     w.object().field("t", now).field("type", "note").end();
///     w.text();  // {"t":1,"type":"note"}
class JsonWriter {
 public:
  JsonWriter& object() { return open('{', '}'); }
  JsonWriter& array() { return open('[', ']'); }
  JsonWriter& object(std::string_view key) { return this->key(key).object(); }
  JsonWriter& array(std::string_view key) { return this->key(key).array(); }
  /// Closes the innermost object or array.
  JsonWriter& end();

  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  JsonWriter& value(T number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return raw({digits, static_cast<std::size_t>(end - digits)});
  }
  /// Shortest form that reads back the same; NaN and infinities become null, which JSON has.
  JsonWriter& value(double number);
  JsonWriter& null() { return raw("null"); }
  /// Text that is JSON already, such as a number with its own decimals.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  JsonWriter& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }
  void clear() { out_.clear(), closers_.clear(), comma_ = false; }

 private:
  JsonWriter& open(char opener, char closer);
  void separate();

  std::string out_;
  std::string closers_;
  bool comma_ = false;
};

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace steward
