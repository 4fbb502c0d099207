#include "exchange/betfair/definition_decoder.hpp"

#include <simdjson.h>

#include <cstring>

#include "exchange/betfair/fixed_point.hpp"
#include "exchange/betfair/stream_decoder.hpp"

namespace steward::betfair {

namespace json {
namespace {
namespace ondemand = simdjson::ondemand;

/// Whether the raw key at `raw` is `literal`, which includes the closing quote: is(raw, "atb\"").
template <std::size_t N>
bool is(const char* raw, const char (&literal)[N]) {
  return std::memcmp(raw, literal, N - 1) == 0;
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

/// A number as hundredths.
bool read(ondemand::value value, std::int64_t& out) {
  const std::string_view token = trimmed(value.raw_json_token());
  const char* at = token.data();
  return read_hundredths(at, token.data() + token.size(), out) && at == token.data() + token.size();
}

/// A price or starting price: a number, or one of the strings "NaN" and "Infinity", which are 0 (none).
bool read_price(ondemand::value value, Price& out) {
  out = 0;
  const std::string_view token = trimmed(value.raw_json_token());
  if (token.starts_with("\"NaN\"") || token.starts_with("\"Infinity\"") || token == "null") return true;
  std::int64_t hundredths = 0;
  if (!read(value, hundredths) || hundredths < INT32_MIN || hundredths > INT32_MAX) return false;
  out = static_cast<Price>(hundredths);
  return true;
}

bool read_bool(ondemand::value value, bool& out) {
  return value.get_bool().get(out) == simdjson::SUCCESS;
}

template <class Int>
bool read_integer(ondemand::value value, Int& out) {
  std::int64_t number = 0;
  if (value.get_int64().get(number) || number < std::numeric_limits<Int>::min() ||
      number > std::numeric_limits<Int>::max()) {
    return false;
  }
  out = static_cast<Int>(number);
  return true;
}

/// Text, or nothing for null.
bool read_text(ondemand::value value, std::string_view& out) {
  out = {};
  bool null = false;
  if (value.raw_json_token().starts_with('n')) {
    return value.is_null().get(null) == simdjson::SUCCESS && null;
  }
  return value.get_string().get(out) == simdjson::SUCCESS;
}

bool read_text(ondemand::value value, std::string& out) {
  std::string_view view;
  if (!read_text(value, view)) return false;
  out = view;
  return true;
}
}  // namespace
}  // namespace json

namespace {
using json::is;
using json::ondemand::value;

bool read_time(value field, WallNs& out) {
  std::string_view text;
  if (!json::read_text(field, text)) return false;
  out = 0;
  if (text.empty()) return true;
  const auto time = parse_timestamp(text);
  if (!time) return false;
  out = *time;
  return true;
}

bool read_handicap(value field, std::int64_t& out) {
  if (field.raw_json_token().starts_with('n')) return out = 0, true;
  return json::read(field, out);
}

bool read_runner_status(value field, RunnerStatus& out) {
  std::string_view name;
  if (!json::read_text(field, name)) return false;
  const auto status = runner_status(name);
  // A status this version does not know must not be betted on.
  out = status.value_or(RunnerStatus::hidden);
  return true;
}

bool read_adjustment_factor(value field, std::optional<std::int64_t>& out) {
  std::int64_t factor = 0;
  if (field.raw_json_token().starts_with('n')) return true;
  if (!json::read(field, factor)) return false;
  out = factor;
  return true;
}

bool read_runner(json::ondemand::object object, RunnerDefinition& out) {
  bool has_id = false;
  for (auto entry : object) {
    json::ondemand::field field;
    if (std::move(entry).get(field)) return false;
    const char* const key = field.key().raw();
    value content = field.value();
    bool good = true;
    if (is(key, "id\""))
      good = has_id = json::read_integer(content, out.selection_id);
    else if (is(key, "hc\""))
      good = read_handicap(content, out.handicap);
    else if (is(key, "status\""))
      good = read_runner_status(content, out.status);
    else if (is(key, "sortPriority\""))
      good = json::read_integer(content, out.sort_priority);
    else if (is(key, "adjustmentFactor\""))
      good = read_adjustment_factor(content, out.adjustment_factor);
    else if (is(key, "bsp\""))
      good = json::read_price(content, out.bsp);
    else if (is(key, "name\""))
      good = json::read_text(content, out.name);
    if (!good) return false;
  }
  return has_id;
}

bool read_runners(value field, std::vector<RunnerDefinition>& out) {
  json::ondemand::array array;
  if (field.get_array().get(array)) return false;
  for (auto element : array) {
    json::ondemand::object object;
    if (std::move(element).get_object().get(object)) return false;
    if (!read_runner(object, out.emplace_back())) return false;
  }
  return true;
}

bool read_market_status(value field, MarketStatus& out) {
  std::string_view name;
  if (!json::read_text(field, name)) return false;
  out = market_status(name).value_or(MarketStatus::inactive);
  return true;
}

bool read_ladder_type(value field, std::string& out) {
  json::ondemand::object object;
  if (field.get_object().get(object)) return false;
  for (auto entry : object) {
    json::ondemand::field inner;
    if (std::move(entry).get(inner)) return false;
    if (is(inner.key().raw(), "type\"") && !json::read_text(inner.value(), out)) return false;
  }
  return true;
}

bool read_flag(const char* key, value content, MarketDefinition& out, bool& known) {
  known = true;
  if (is(key, "inPlay\"")) return json::read_bool(content, out.in_play);
  if (is(key, "bspMarket\"")) return json::read_bool(content, out.bsp_market);
  if (is(key, "bspReconciled\"")) return json::read_bool(content, out.bsp_reconciled);
  if (is(key, "complete\"")) return json::read_bool(content, out.complete);
  if (is(key, "turnInPlayEnabled\"")) return json::read_bool(content, out.turn_in_play_enabled);
  if (is(key, "persistenceEnabled\"")) return json::read_bool(content, out.persistence_enabled);
  if (is(key, "crossMatching\"")) return json::read_bool(content, out.cross_matching);
  if (is(key, "runnersVoidable\"")) return json::read_bool(content, out.runners_voidable);
  known = false;
  return true;
}

bool read_number_or_time(const char* key, value content, MarketDefinition& out, bool& known) {
  known = true;
  if (is(key, "betDelay\"")) return json::read_integer(content, out.bet_delay);
  if (is(key, "numberOfWinners\"")) return json::read_integer(content, out.number_of_winners);
  if (is(key, "numberOfActiveRunners\"")) return json::read_integer(content, out.number_of_active_runners);
  if (is(key, "eachWayDivisor\"")) return read_handicap(content, out.each_way_divisor);
  if (is(key, "marketBaseRate\"")) return read_handicap(content, out.market_base_rate);
  if (is(key, "version\"")) return json::read_integer(content, out.version);
  if (is(key, "marketTime\"")) return read_time(content, out.market_time);
  if (is(key, "suspendTime\"")) return read_time(content, out.suspend_time);
  if (is(key, "openDate\"")) return read_time(content, out.open_date);
  if (is(key, "settledTime\"")) return read_time(content, out.settled_time);
  known = false;
  return true;
}

bool read_text_or_list(const char* key, value content, MarketDefinition& out) {
  if (is(key, "status\"")) return read_market_status(content, out.status);
  if (is(key, "runners\"")) return read_runners(content, out.runners);
  if (is(key, "marketType\"")) return json::read_text(content, out.market_type);
  if (is(key, "bettingType\"")) return json::read_text(content, out.betting_type);
  if (is(key, "eventId\"")) return json::read_text(content, out.event_id);
  if (is(key, "eventTypeId\"")) return json::read_text(content, out.event_type_id);
  if (is(key, "countryCode\"")) return json::read_text(content, out.country_code);
  if (is(key, "venue\"")) return json::read_text(content, out.venue);
  if (is(key, "timezone\"")) return json::read_text(content, out.timezone);
  if (is(key, "name\"")) return json::read_text(content, out.name);
  if (is(key, "eventName\"")) return json::read_text(content, out.event_name);
  if (is(key, "priceLadderDefinition\"")) return read_ladder_type(content, out.price_ladder);
  return true;
}

bool read_definition(json::ondemand::object object, MarketDefinition& out) {
  for (auto entry : object) {
    json::ondemand::field field;
    if (std::move(entry).get(field)) return false;
    const char* const key = field.key().raw();
    bool known = false;
    if (!read_flag(key, field.value(), out, known)) return false;
    if (!known && !read_number_or_time(key, field.value(), out, known)) return false;
    if (!known && !read_text_or_list(key, field.value(), out)) return false;
  }
  return true;
}
}  // namespace

static_assert(kLinePadding >= simdjson::SIMDJSON_PADDING);

struct DefinitionDecoder::Parser {
  json::ondemand::parser json;
};

DefinitionDecoder::DefinitionDecoder() : parser_(std::make_unique<Parser>()) {}
DefinitionDecoder::~DefinitionDecoder() = default;

bool DefinitionDecoder::decode(std::string_view object, MarketDefinition& out) {
  out = {};
  json::ondemand::document document;
  json::ondemand::object fields;
  if (parser_->json.iterate(object.data(), object.size(), object.size() + kLinePadding).get(document) ||
      document.get_object().get(fields) || !read_definition(fields, out)) {
    return false;
  }
  const char* rest = nullptr;
  return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
}

bool DefinitionDecoder::unescape(std::string_view inside, std::string& out) {
  const simdjson::padded_string quoted("\"" + std::string(inside) + "\"");
  json::ondemand::document document;
  std::string_view text;
  if (parser_->json.iterate(quoted).get(document) || document.get_string().get(text)) return false;
  out = text;
  return true;
}

}  // namespace steward::betfair
