#pragma once

#include <string_view>

#include "journal/event.hpp"

namespace steward::journal {

/// How a field's value reads.
enum class Kind : std::uint8_t {
  id,          ///< a string of at most 128 bytes, or a number kept as it is written
  text,        ///< a string
  integer,     ///< fits 64 bits
  hundredths,  ///< money, prices, handicaps
  truth,
  real,
  labels,  ///< an object of strings
};

inline constexpr std::size_t kMostId = 128;

using FieldSet = std::bitset<kFields>;

/// The field of that name, or Field::count_.
Field field_of(std::string_view name);
std::string_view name_of(Field field);
Kind kind_of(Field field);

/// The event of that name, or Type::unknown.
Type type_of(std::string_view name);
std::string_view name_of(Type type);
/// Fields without which the event is bad.
const FieldSet& required(Type type);
/// Fields the event takes; others are unknown to it whatever they hold.
const FieldSet& taken(Type type);

}  // namespace steward::journal
