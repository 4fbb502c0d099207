#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace steward::alerts {

/// `label="v"` and its kin in a selector. A label that is absent counts as empty.
struct Matcher {
  enum class Kind : std::uint8_t { equal, not_equal, matches, not_matches };
  std::string label;
  Kind kind = Kind::equal;
  std::string value;
  bool operator==(const Matcher&) const = default;
};

enum class Function : std::uint8_t {
  abs,
  absent,
  avg_over_time,
  changes,
  delta,
  deriv,
  histogram_quantile,
  increase,
  max_over_time,
  min_over_time,
  predict_linear,
  rate,
  time,
};
enum class Aggregation : std::uint8_t { avg, count, max, min, sum };
enum class Operator : std::uint8_t {
  logical_or,
  logical_and,
  unless,
  equal,
  not_equal,
  greater,
  greater_equal,
  less,
  less_equal,
  add,
  subtract,
  multiply,
  divide,
};

/// A set of labels that an operator or aggregation goes by.
struct Grouping {
  enum class Kind : std::uint8_t { none, these, others };  ///< others: by/on all but the named ones
  Kind kind = Kind::none;
  std::vector<std::string> labels;
  bool operator==(const Grouping&) const = default;
};

/// A step of an expression. Which fields count depends on the kind.
struct Node {
  enum class Kind : std::uint8_t { number, selector, call, aggregation, binary, negation };
  enum class Type : std::uint8_t { scalar, vector, range };

  Kind kind = Kind::number;
  Type type = Type::scalar;
  std::vector<std::uint32_t> children;  ///< places in Expression::nodes, all before this one

  double number = 0;
  std::string metric;  ///< of a selector
  std::vector<Matcher> matchers;
  std::int64_t range = 0;  ///< ns; 0: the newest value
  Function function = Function::abs;
  Aggregation aggregation = Aggregation::sum;
  Operator op = Operator::add;
  Grouping grouping;                 ///< by/without of an aggregation, on/ignoring of a binary operator
  bool group_left = false;           ///< many on the left match one on the right
  std::vector<std::string> include;  ///< labels that group_left takes from the right

  bool operator==(const Node&) const = default;
};

/// What a rule asks, in a part of PromQL (docs/alerts.md). A plain value; its nodes stand in the order of
/// evaluation, the whole's is the last.
struct Expression {
  std::vector<Node> nodes;
  const Node& root() const { return nodes.back(); }
  bool operator==(const Expression&) const = default;
};

/// Where a text is no expression (a column in characters, from 1), and one sentence on how to mend it.
struct ExpressionFault {
  std::size_t column = 1;
  std::string text;
};

inline constexpr std::size_t kLongestExpression = 4096, kMostNodes = 400, kDeepestNesting = 50;

std::expected<Expression, ExpressionFault> parse_expression(std::string_view text);

/// The expression in PromQL, which parse_expression() reads back as the same.
std::string print(const Expression& expression);

/// Names as they are written.
std::string_view name_of(Function function);
std::string_view name_of(Aggregation aggregation);
std::string_view name_of(Operator op);
bool compares(Operator op);

}  // namespace steward::alerts
