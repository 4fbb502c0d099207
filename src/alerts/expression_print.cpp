#include <fmt/format.h>
#include <fmt/ranges.h>

#include "alerts/expression.hpp"
#include "alerts/expression_names.hpp"
#include "base/units.hpp"
#include "metrics/text.hpp"

namespace steward::alerts {

namespace {

std::string_view sign(Matcher::Kind kind) {
  switch (kind) {
    case Matcher::Kind::equal:
      return "=";
    case Matcher::Kind::not_equal:
      return "!=";
    case Matcher::Kind::matches:
      return "=~";
    case Matcher::Kind::not_matches:
      break;
  }
  return "!~";
}

class Printer {
 public:
  explicit Printer(const Expression& expression) : expression_(expression) {}

  std::string text(std::uint32_t index) const {
    const Node& node = expression_.nodes[index];
    switch (node.kind) {
      case Node::Kind::number:
        return fmt::format("{}", node.number);
      case Node::Kind::selector:
        return selector(node);
      case Node::Kind::call:
        return fmt::format("{}({})", name_of(node.function), arguments(node));
      case Node::Kind::aggregation:
        return aggregation(node);
      case Node::Kind::negation:
        return "-" + operand(node.children[0], 6);
      case Node::Kind::binary:
        break;
    }
    return binary(node);
  }

 private:
  static std::string selector(const Node& node) {
    std::string out = node.metric;
    char separator = '{';
    for (const Matcher& matcher : node.matchers) {
      out += separator;
      out += fmt::format("{}{}\"", matcher.label, sign(matcher.kind));
      metrics::append_label_value(out, matcher.value);
      out += '"';
      separator = ',';
    }
    if (separator == ',') out += '}';
    if (node.range > 0) out += fmt::format("[{}]", duration_setting(node.range));
    return out;
  }

  std::string arguments(const Node& node) const {
    std::string out;
    for (const std::uint32_t child : node.children) out += (out.empty() ? "" : ", ") + text(child);
    return out;
  }

  std::string aggregation(const Node& node) const {
    std::string out(name_of(node.aggregation));
    if (node.grouping.kind != Grouping::Kind::none)
      out += fmt::format(" {}({}) ", node.grouping.kind == Grouping::Kind::these ? "by" : "without",
                         fmt::join(node.grouping.labels, ", "));
    return out + "(" + text(node.children[0]) + ")";
  }

  std::string binary(const Node& node) const {
    const int own = precedence(node.op);
    std::string out = fmt::format("{} {} ", operand(node.children[0], own), name_of(node.op));
    if (node.grouping.kind != Grouping::Kind::none)
      out += fmt::format("{}({}) ", node.grouping.kind == Grouping::Kind::these ? "on" : "ignoring",
                         fmt::join(node.grouping.labels, ", "));
    if (node.group_left) out += fmt::format("group_left({}) ", fmt::join(node.include, ", "));
    return out + operand(node.children[1], own + 1);
  }

  /// In parentheses when it binds less than `least`.
  std::string operand(std::uint32_t index, int least) const {
    const Node& node = expression_.nodes[index];
    const bool loose = node.kind == Node::Kind::binary && precedence(node.op) < least;
    return loose ? "(" + text(index) + ")" : text(index);
  }

  const Expression& expression_;
};

}  // namespace

std::string print(const Expression& expression) {
  return expression.nodes.empty()
             ? ""
             : Printer(expression).text(static_cast<std::uint32_t>(expression.nodes.size() - 1));
}

}  // namespace steward::alerts
