#include "backup/ship_facts.hpp"

#include <boost/json/parse.hpp>

#include "base/json_writer.hpp"
#include "os/files.hpp"

namespace steward::backup {

std::string format_ship_facts(const ShipFacts& facts) {
  JsonWriter out;
  out.object().field("shipped_at", facts.shipped_at).field("unshipped_bytes", facts.unshipped_bytes);
  return out.end().take() + "\n";
}

std::optional<ShipFacts> parse_ship_facts(std::string_view text) {
  namespace json = boost::json;
  json::error_code bad;
  json::parse_options options;
  options.max_depth = 2;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  const json::object* object = bad ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* at = object->if_contains("shipped_at");
  const json::value* bytes = object->if_contains("unshipped_bytes");
  if (at == nullptr || bytes == nullptr || !at->is_int64() || !bytes->is_int64()) return std::nullopt;
  if (at->get_int64() <= 0 || bytes->get_int64() < 0) return std::nullopt;
  return ShipFacts{at->get_int64(), bytes->get_int64()};
}

std::optional<ShipFacts> read_ship_facts(const std::string& folder, const std::string& job) {
  constexpr std::size_t kLargest = 4096;
  const auto text = read_file(folder + "/" + job + ".ship.json", kLargest);
  return text ? parse_ship_facts(*text) : std::nullopt;
}

}  // namespace steward::backup
