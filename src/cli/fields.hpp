#pragma once

#include <boost/json/value.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"

namespace steward::cli {

namespace json = boost::json;

/// Reads members of one JSON object; a member that is absent, null or of another kind is "not known".
class Fields {
 public:
  explicit Fields(const json::value* value) : object_(value == nullptr ? nullptr : value->if_object()) {}

  const json::value* at(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(json::string_view(key.data(), key.size()));
  }
  std::string text(std::string_view key) const {
    const json::value* value = at(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
  }
  std::optional<std::int64_t> integer(std::string_view key) const {
    const json::value* value = at(key);
    if (value != nullptr && value->is_int64()) return value->get_int64();
    return std::nullopt;
  }
  std::optional<double> number(std::string_view key) const {
    const json::value* value = at(key);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
  }
  std::optional<Pence> money(std::string_view key) const {
    const auto amount = number(key);
    if (!amount || !(std::abs(*amount) < static_cast<double>(kMostPence) / 100)) return std::nullopt;
    return std::llround(*amount * 100);
  }
  bool truth(std::string_view key, bool otherwise) const {
    const json::value* value = at(key);
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
  }
  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    const json::value* value = at(key);
    const json::array* items = value == nullptr ? nullptr : value->if_array();
    if (items == nullptr) return out;
    for (const json::value& item : *items) {
      if (item.is_string()) out.emplace_back(item.get_string().data(), item.get_string().size());
    }
    return out;
  }

 private:
  const json::object* object_;
};

}  // namespace steward::cli
