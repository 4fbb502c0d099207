#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "alerts/expression.hpp"

namespace steward::alerts {

/// A function of the language: what it takes and gives.
struct FunctionInfo {
  std::string_view name;
  Function function;
  std::string_view takes;  ///< a letter for each argument: s a number, v series, r a range of series
  Node::Type gives;
  std::string_view example;
};

const FunctionInfo& info(Function function);
const FunctionInfo* find_function(std::string_view name);
std::optional<Aggregation> find_aggregation(std::string_view name);
std::optional<Operator> find_operator(std::string_view text);
/// The larger binds tighter; as in PromQL.
int precedence(Operator op);
bool logical(Operator op);
/// All names of functions and aggregations.
std::span<const std::string_view> callable_names();
/// Whether a name has a meaning of its own, so that no metric can be asked by it.
bool reserved(std::string_view name);

}  // namespace steward::alerts
