#include "backup/manifest/json_fields.hpp"

#include <boost/json/parse.hpp>

namespace steward::backup {

namespace json = boost::json;

Result<json::value> parse_json(std::string_view text, std::size_t depth, std::string_view what) {
  json::error_code bad;
  json::parse_options options;
  options.max_depth = depth;
  auto value = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  if (bad) return fail(Code::corrupt, "{} that is no JSON: {}", what, bad.message());
  return value;
}

}  // namespace steward::backup
