#include "alerts/expression_names.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace steward::alerts {

namespace {

using Type = Node::Type;

constexpr FunctionInfo kFunctions[] = {
    {"abs", Function::abs, "v", Type::vector, "abs(x)"},
    {"absent", Function::absent, "v", Type::vector, "absent(x)"},
    {"avg_over_time", Function::avg_over_time, "r", Type::vector, "avg_over_time(x[5m])"},
    {"changes", Function::changes, "r", Type::vector, "changes(x[5m])"},
    {"delta", Function::delta, "r", Type::vector, "delta(x[1h])"},
    {"deriv", Function::deriv, "r", Type::vector, "deriv(x[1h])"},
    {"histogram_quantile", Function::histogram_quantile, "sv", Type::vector,
     "histogram_quantile(0.99, rate(x_bucket[5m]))"},
    {"increase", Function::increase, "r", Type::vector, "increase(x[1h])"},
    {"max_over_time", Function::max_over_time, "r", Type::vector, "max_over_time(x[5m])"},
    {"min_over_time", Function::min_over_time, "r", Type::vector, "min_over_time(x[5m])"},
    {"predict_linear", Function::predict_linear, "rs", Type::vector, "predict_linear(x[6h], 4*3600)"},
    {"rate", Function::rate, "r", Type::vector, "rate(x[5m])"},
    {"time", Function::time, "", Type::scalar, "time()"},
};

constexpr std::string_view kAggregations[] = {"avg", "count", "max", "min", "sum"};

constexpr std::string_view kOperators[] = {
    "or", "and", "unless", "==", "!=", ">", ">=", "<", "<=", "+", "-", "*", "/"};

}  // namespace

const FunctionInfo& info(Function function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

const FunctionInfo* find_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &FunctionInfo::name);
  return found == std::end(kFunctions) ? nullptr : &*found;
}

std::optional<Aggregation> find_aggregation(std::string_view name) {
  const auto found = std::ranges::find(kAggregations, name);
  if (found == std::end(kAggregations)) return std::nullopt;
  return static_cast<Aggregation>(found - std::begin(kAggregations));
}

std::optional<Operator> find_operator(std::string_view text) {
  const auto found = std::ranges::find(kOperators, text);
  if (found == std::end(kOperators)) return std::nullopt;
  return static_cast<Operator>(found - std::begin(kOperators));
}

std::string_view name_of(Function function) {
  return info(function).name;
}
std::string_view name_of(Aggregation aggregation) {
  return kAggregations[static_cast<std::size_t>(aggregation)];
}
std::string_view name_of(Operator op) {
  return kOperators[static_cast<std::size_t>(op)];
}

bool compares(Operator op) {
  return op >= Operator::equal && op <= Operator::less_equal;
}
bool logical(Operator op) {
  return op <= Operator::unless;
}

int precedence(Operator op) {
  if (op == Operator::logical_or) return 1;
  if (logical(op)) return 2;
  if (compares(op)) return 3;
  return op == Operator::add || op == Operator::subtract ? 4 : 5;
}

std::span<const std::string_view> callable_names() {
  static const auto kAll = [] {
    std::array<std::string_view, std::size(kFunctions) + std::size(kAggregations)> all;
    const auto rest = std::ranges::transform(kFunctions, all.begin(), &FunctionInfo::name).out;
    std::ranges::copy(kAggregations, rest);
    return all;
  }();
  return kAll;
}

bool reserved(std::string_view name) {
  constexpr std::string_view kWords[] = {"by",          "without", "on",     "ignoring", "group_left",
                                         "group_right", "bool",    "offset", "inf",      "nan"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::find(kWords, lower) != std::end(kWords) || find_operator(lower).has_value();
}

}  // namespace steward::alerts
