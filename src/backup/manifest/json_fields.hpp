#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "backup/stages/hash.hpp"
#include "base/result.hpp"
#include "os/files.hpp"

namespace steward::backup {

/// Code::corrupt where `text`, which is `what`, is no JSON or deeper than `depth`.
Result<boost::json::value> parse_json(std::string_view text, std::size_t depth, std::string_view what);

/// Reads the fields of one JSON object that may have been made by anybody; the first one that is wrong is
/// kept in `wrong`, and everything after it is empty.
class Fields {
 public:
  Fields(const boost::json::value& value, std::string_view where, std::string& wrong)
      : where_(where), wrong_(wrong) {
    object_ = value.if_object();
    if (object_ == nullptr) say("an object");
  }

  std::string text(std::string_view name, std::size_t most, bool required = true) {
    const boost::json::value* value = find(name);
    if (value == nullptr && !required) return {};
    if (value == nullptr || !value->is_string() || value->get_string().size() > most) {
      say(name);
      return {};
    }
    return std::string(value->get_string());
  }

  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most) {
    const boost::json::value* value = find(name);
    const auto* number = value == nullptr ? nullptr : value->if_int64();
    if (number == nullptr || *number < least || *number > most) {
      say(name);
      return 0;
    }
    return *number;
  }

  /// Of a file.
  std::int64_t time(std::string_view name) { return number(name, -kFarthestTime, kFarthestTime); }

  bool flag(std::string_view name) {
    const boost::json::value* value = find(name);
    return value != nullptr && value->is_bool() && value->get_bool();
  }

  /// `size` bytes as hex digits; they stay hex when `decode` is false.
  std::string hex(std::string_view name, std::size_t size, bool decode) {
    std::string digits = text(name, size * 2);
    auto bytes = bytes_of_hex(digits);
    if (!bytes || bytes->size() != size) {
      say(name);
      return {};
    }
    return decode ? std::move(*bytes) : digits;
  }

  /// A name or, when it is not UTF-8, its hex.
  std::string bytes(const std::string& name) {
    if (object_ != nullptr && object_->contains(name)) return text(name, 4095);
    auto plain = bytes_of_hex(text(name + "_hex", 2 * 4095));
    if (!plain) say(name);
    return plain ? std::move(*plain) : std::string{};
  }

  const boost::json::array& list(std::string_view name, std::size_t most) {
    static const boost::json::array kNone;
    const boost::json::value* value = find(name);
    const auto* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr || array->size() > most) {
      say(name);
      return kNone;
    }
    return *array;
  }

  /// The object that is a member.
  Fields member(std::string_view name) {
    static const boost::json::value kNone;
    const boost::json::value* value = find(name);
    return {value == nullptr ? kNone : *value, name, wrong_};
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const boost::json::object* object() const { return object_; }
  void expect(bool holds, std::string_view name) {
    if (!holds) say(name);
  }

 private:
  const boost::json::value* find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }
  void say(std::string_view name) {
    if (wrong_.empty()) wrong_ = fmt::format("{} of {} is missing or not what it may be", name, where_);
  }

  const boost::json::object* object_ = nullptr;
  std::string_view where_;
  std::string& wrong_;
};

}  // namespace steward::backup
