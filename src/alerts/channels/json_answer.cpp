#include "alerts/channels/json_answer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace steward::alerts {

namespace json = boost::json;

namespace {
constexpr std::size_t kMostBytes = 64 << 10;
}

struct JsonAnswer::State {
  json::value root;

  const json::value* find(std::string_view path) const {
    const json::value* at = &root;
    while (at != nullptr && !path.empty()) {
      const auto dot = path.find('.');
      const std::string_view key = path.substr(0, dot);
      const json::object* object = at->if_object();
      at = object == nullptr ? nullptr : object->if_contains(json::string_view(key.data(), key.size()));
      path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return at;
  }
};

JsonAnswer::JsonAnswer(std::string_view body) : state_(std::make_unique<State>()) {
  if (body.size() > kMostBytes) return;
  json::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (!error) state_->root = std::move(value);
}
JsonAnswer::JsonAnswer(JsonAnswer&&) noexcept = default;
JsonAnswer::~JsonAnswer() = default;

std::optional<double> JsonAnswer::number(std::string_view path) const {
  const json::value* value = state_->find(path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<double>(error);
  return error ? std::nullopt : std::optional<double>(number);
}

std::optional<bool> JsonAnswer::truth(std::string_view path) const {
  const json::value* value = state_->find(path);
  const bool* truth = value == nullptr ? nullptr : value->if_bool();
  return truth == nullptr ? std::nullopt : std::optional<bool>(*truth);
}

std::string JsonAnswer::text(std::string_view path) const {
  const json::value* value = state_->find(path);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace steward::alerts
