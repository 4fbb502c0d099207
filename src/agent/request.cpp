#include "agent/request.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace steward::agent {

namespace json = boost::json;

Result<json::object> parse_request(std::string_view line) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  auto value = json::parse(line, error, {}, options);
  if (error || !value.is_object()) return fail(Code::invalid, "a request is one JSON object on one line");
  return std::move(value.as_object());
}

Status only(const json::object& request, std::initializer_list<std::string_view> known) {
  for (const auto& field : request) {
    const std::string_view key(field.key().data(), field.key().size());
    if (key != "command" && std::ranges::find(known, key) == known.end()) {
      return fail(Code::invalid, "the request has no field \"{}\"", key);
    }
  }
  return {};
}

Result<std::string> text(const json::object& request, std::string_view key, std::string_view otherwise) {
  const json::value* value = request.if_contains({key.data(), key.size()});
  if (value == nullptr) {
    if (!otherwise.empty()) return std::string(otherwise);
    return fail(Code::invalid, "\"{}\" is missing", key);
  }
  if (!value->is_string() || value->as_string().empty() || value->as_string().size() > 1000) {
    return fail(Code::invalid, "\"{}\" must be a text of 1 to 1000 bytes", key);
  }
  return std::string(value->as_string());
}

Result<std::string> optional_text(const json::object& request, std::string_view key) {
  const json::value* value = request.if_contains({key.data(), key.size()});
  if (value == nullptr || (value->is_string() && value->as_string().empty())) return std::string();
  return text(request, key);
}

Result<std::int64_t> whole(const json::object& request, std::string_view key, std::int64_t least,
                           std::int64_t most, std::int64_t otherwise) {
  const json::value* value = request.if_contains({key.data(), key.size()});
  if (value == nullptr && otherwise >= least) return otherwise;
  json::error_code error;
  const std::int64_t number = value == nullptr ? 0 : value->to_number<std::int64_t>(error);
  if (value == nullptr) return fail(Code::invalid, "\"{}\" is missing", key);
  if (error || number < least || number > most)
    return fail(Code::invalid, "\"{}\" must be a whole number from {} to {}", key, least, most);
  return number;
}

}  // namespace steward::agent
