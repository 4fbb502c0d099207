#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace steward::cli {

/// Reads members of one JSON object; a member that is absent, null or of another kind is "not known".
class Fields {
 public:
  explicit Fields(const boost::json::value* value)
      : object_(value == nullptr ? nullptr : value->if_object()) {}

  const boost::json::value* at(std::string_view key) const {
    return object_ == nullptr ? nullptr
                              : object_->if_contains(boost::json::string_view(key.data(), key.size()));
  }
  std::string text(std::string_view key) const {
    const boost::json::value* value = at(key);
    const boost::json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
  }
  std::optional<std::int64_t> integer(std::string_view key) const {
    const boost::json::value* value = at(key);
    if (value != nullptr && value->is_int64()) return value->get_int64();
    return std::nullopt;
  }
  std::optional<double> number(std::string_view key) const {
    const boost::json::value* value = at(key);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
  }
  bool truth(std::string_view key, bool otherwise) const {
    const boost::json::value* value = at(key);
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
  }
  std::vector<Fields> objects(std::string_view key) const {
    std::vector<Fields> out;
    const boost::json::value* value = at(key);
    const boost::json::array* items = value == nullptr ? nullptr : value->if_array();
    if (items == nullptr) return out;
    for (const boost::json::value& item : *items) out.emplace_back(&item);
    return out;
  }
  std::vector<double> numbers(std::string_view key) const {
    std::vector<double> out;
    const boost::json::value* value = at(key);
    const boost::json::array* items = value == nullptr ? nullptr : value->if_array();
    if (items == nullptr) return out;
    for (const boost::json::value& item : *items) {
      if (item.is_number()) out.push_back(item.to_number<double>());
    }
    return out;
  }
  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    const boost::json::value* value = at(key);
    const boost::json::array* items = value == nullptr ? nullptr : value->if_array();
    if (items == nullptr) return out;
    for (const boost::json::value& item : *items) {
      if (item.is_string()) out.emplace_back(item.get_string().data(), item.get_string().size());
    }
    return out;
  }

 private:
  const boost::json::object* object_;
};

}  // namespace steward::cli
