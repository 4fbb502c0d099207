#pragma once

#include "base/clock.hpp"
#include "base/json_writer.hpp"

namespace steward::keeper {

/// The beginning of a journal event; the caller adds fields and ends the object.
inline JsonWriter event(std::string_view type, WallNs now) {
  JsonWriter json;
  json.object().field("t", now).field("type", type);
  return json;
}

}  // namespace steward::keeper
