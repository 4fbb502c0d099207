#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.hpp"
#include "base/result.hpp"

namespace steward::alerts {

/// An alarm's sentence with places for its values: "{bot} uses {value:bytes}". In braces stands the name of a
/// label, or `value` with one of the formats percent (of 1), duration (of seconds), bytes or money; `{{` is a
/// brace. A plain value.
class Summary {
 public:
  static Result<Summary> parse(std::string_view text);

  /// A label that is not there is written as nothing.
  std::string render(const LabelSet& labels, double value) const;
  /// The same as a template of Prometheus' annotations.
  std::string for_prometheus() const;

 private:
  enum class Kind : std::uint8_t { text, label, number, percent, duration, bytes, money };
  struct Part {
    Kind kind = Kind::text;
    std::string text;  ///< or the label's name
  };
  static Kind kind_of(std::string_view name, std::string_view format);

  std::vector<Part> parts_;
};

}  // namespace steward::alerts
