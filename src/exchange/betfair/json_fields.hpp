#pragma once

#include <simdjson.h>

#include <cstring>
#include <string>

#include "exchange/betfair/fixed_point.hpp"

// Shared by the .cpp files of this folder that read JSON; no other file may include it.
namespace steward::betfair::json {

namespace ondemand = simdjson::ondemand;

/// Whether the raw key at `raw` is `literal`, which includes the closing quote: is(raw, "atb\"").
template <std::size_t N>
bool is(const char* raw, const char (&literal)[N]) {
  return std::memcmp(raw, literal, N - 1) == 0;
}

inline std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

/// A number as hundredths.
inline bool read(ondemand::value value, std::int64_t& out) {
  const std::string_view token = trimmed(value.raw_json_token());
  const char* at = token.data();
  return read_hundredths(at, token.data() + token.size(), out) && at == token.data() + token.size();
}

/// A price or starting price: a number, or one of the strings "NaN" and "Infinity", which are 0 (none).
inline bool read_price(ondemand::value value, Price& out) {
  out = 0;
  const std::string_view token = trimmed(value.raw_json_token());
  if (token.starts_with("\"NaN\"") || token.starts_with("\"Infinity\"") || token == "null") return true;
  std::int64_t hundredths = 0;
  if (!read(value, hundredths) || hundredths < INT32_MIN || hundredths > INT32_MAX) return false;
  out = static_cast<Price>(hundredths);
  return true;
}

inline bool read_bool(ondemand::value value, bool& out) {
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
inline bool read_text(ondemand::value value, std::string_view& out) {
  out = {};
  bool null = false;
  if (value.raw_json_token().starts_with('n')) {
    return value.is_null().get(null) == simdjson::SUCCESS && null;
  }
  return value.get_string().get(out) == simdjson::SUCCESS;
}

inline bool read_text(ondemand::value value, std::string& out) {
  std::string_view view;
  if (!read_text(value, view)) return false;
  out = view;
  return true;
}

}  // namespace steward::betfair::json
