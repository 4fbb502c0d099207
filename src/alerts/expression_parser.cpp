// By precedence climbing; types are checked as nodes are made, so that a fault knows its column.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "alerts/expression.hpp"
#include "alerts/expression_lexer.hpp"
#include "alerts/expression_names.hpp"
#include "alerts/pattern.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "config/nearest.hpp"
#include "metrics/text.hpp"

namespace steward::alerts {

namespace {

using Type = Node::Type;

constexpr std::int64_t kShortestRange = kSecond, kLongestRange = 32 * 24 * 3600 * kSecond;
constexpr std::size_t kMostLabels = 16;

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  std::expected<Expression, ExpressionFault> parse();

 private:
  using Place = std::uint32_t;

  // Each reads one part of the language; `failed()` afterwards tells whether it could. The first fault stays.
  Place expression(int least_precedence);
  Place operand();
  Place number();
  Place parentheses();
  Place negation();
  Place named();
  Place selector(std::string_view metric);
  void matchers(Node& node);
  void matcher(Node& node);
  void range(Node& node);
  Place call(const FunctionInfo& info);
  Place aggregation(Aggregation kind);
  Place binary(Place left, const Token& word);
  void matching(Node& node);
  void check_binary(const Node& node, const Token& word);
  Grouping grouping(Grouping::Kind kind);
  std::vector<std::string> label_list();

  Place add(Node node);
  Type type(Place place) const { return expression_.nodes[place].type; }
  void expect_type(Place place, Type wanted, std::size_t at, std::string_view what);
  bool failed() const { return fault_.has_value(); }
  void blame(std::size_t at, std::string text);
  void blame_word(std::string_view expected);
  void take();
  bool take_if(std::string_view word);
  void expect(std::string_view symbol, std::string_view after);

  Lexer lexer_;
  Token word_;
  Expression expression_;
  std::size_t depth_ = 0;
  std::optional<ExpressionFault> fault_;
};

std::expected<Expression, ExpressionFault> Parser::parse() {
  take();
  if (!failed() && word_.kind == Token::Kind::end) blame_word("an expression, such as daily_pnl < -200");
  const Place root = expression(0);
  if (!failed() && word_.kind != Token::Kind::end) blame_word("an operator or the end");
  if (!failed() && type(root) == Type::range)
    blame(0, "a range such as x[5m] belongs into a function such as rate(x[5m])");
  if (failed()) return std::unexpected(std::move(*fault_));
  return std::move(expression_);
}

void Parser::blame(std::size_t at, std::string text) {
  if (!failed()) fault_ = lexer_.fault(at, std::move(text));
  word_ = {};
}

void Parser::blame_word(std::string_view expected) {
  blame(word_.at, fmt::format("expected {}, found {}", expected, describe(word_)));
}

void Parser::take() {
  if (failed()) return;
  auto next = lexer_.next();
  if (next) {
    word_ = std::move(*next);
  } else {
    fault_ = std::move(next.error());
    word_ = {};
  }
}

bool Parser::take_if(std::string_view word) {
  if (failed() || !word_.is(word)) return false;
  take();
  return true;
}

void Parser::expect(std::string_view symbol, std::string_view after) {
  if (!failed() && !take_if(symbol)) blame_word(fmt::format("{} {}", symbol, after));
}

Parser::Place Parser::add(Node node) {
  if (expression_.nodes.size() == kMostNodes)
    blame(word_.at, fmt::format("an expression has at most {} parts; make two rules of it", kMostNodes));
  if (failed() && !expression_.nodes.empty()) return 0;
  expression_.nodes.push_back(std::move(node));
  return static_cast<Place>(expression_.nodes.size() - 1);
}

void Parser::expect_type(Place place, Type wanted, std::size_t at, std::string_view what) {
  if (failed() || type(place) == wanted) return;
  constexpr std::string_view kFound[] = {"a number", "series without a range", "a range"};
  blame(at, fmt::format("{}, found {}", what, kFound[static_cast<std::size_t>(type(place))]));
}

Parser::Place Parser::expression(int least_precedence) {
  if (++depth_ > kDeepestNesting) blame(word_.at, fmt::format("nested more than {} deep", kDeepestNesting));
  Place left = failed() ? 0 : operand();
  while (!failed() && word_.kind != Token::Kind::end) {
    const auto op = find_operator(word_.text);
    if (!op || precedence(*op) < least_precedence) break;
    const Token word = word_;
    take();
    left = binary(left, word);
  }
  --depth_;
  return left;
}

Parser::Place Parser::operand() {
  if (word_.kind == Token::Kind::number) return number();
  if (word_.is("(")) return parentheses();
  if (word_.is("-")) return negation();
  if (word_.kind == Token::Kind::name) return named();
  blame_word("a metric, a number or a function");
  return 0;
}

Parser::Place Parser::number() {
  Node node{.kind = Node::Kind::number, .type = Type::scalar};
  node.number = word_.number;
  take();
  return add(std::move(node));
}

Parser::Place Parser::parentheses() {
  take();
  const Place inner = expression(0);
  expect(")", "at the end of the parenthesis");
  return inner;
}

Parser::Place Parser::negation() {
  if (++depth_ > kDeepestNesting) blame(word_.at, fmt::format("nested more than {} deep", kDeepestNesting));
  take();
  const std::size_t at = word_.at;
  const Place inner = failed() ? 0 : operand();
  --depth_;
  if (failed()) return 0;
  if (type(inner) == Type::range) blame(at, "a range such as x[5m] cannot be negated");
  Node& node = expression_.nodes[inner];
  if (node.kind == Node::Kind::number && inner + 1 == expression_.nodes.size()) {
    node.number = -node.number;
    return inner;
  }
  return add({.kind = Node::Kind::negation, .type = node.type, .children = {inner}});
}

Parser::Place Parser::named() {
  const Token name = word_;
  take();
  const bool called = word_.is("(");
  const auto aggregate = find_aggregation(name.text);
  if (aggregate && (called || word_.is("by") || word_.is("without"))) return aggregation(*aggregate);
  const FunctionInfo* function = find_function(name.text);
  if (called && function != nullptr) return call(*function);
  if (called) {
    const auto names = callable_names();
    const auto meant = config::nearest(name.text, {names.begin(), names.end()});
    blame(name.at, fmt::format("expected a function, found \"{}\"; {}", name.text,
                               meant.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                             : fmt::format("nearest known function: {}", meant)));
    return 0;
  }
  if (reserved(name.text)) {
    blame(name.at,
          fmt::format("expected a metric, a number or a function, found the word \"{}\"", name.text));
    return 0;
  }
  if (!metrics::is_metric_name(name.text)) {
    blame(name.at, "a metric's name has at most 200 characters");
    return 0;
  }
  return selector(name.text);
}

Parser::Place Parser::selector(std::string_view metric) {
  Node node{.kind = Node::Kind::selector, .type = Type::vector};
  node.metric = metric;
  if (take_if("{")) matchers(node);
  if (word_.is("[")) range(node);
  return add(std::move(node));
}

void Parser::matchers(Node& node) {
  while (!failed() && !take_if("}")) {
    if (node.matchers.size() == kMostLabels)
      return blame(word_.at, fmt::format("a selector has at most {} labels", kMostLabels));
    matcher(node);
    if (!failed() && !word_.is("}")) expect(",", "or } after a label");
  }
}

void Parser::matcher(Node& node) {
  if (word_.kind != Token::Kind::name || !metrics::is_label_name(word_.text))
    return blame_word("a label's name");
  Matcher matcher;
  matcher.label = word_.text;
  take();
  constexpr std::string_view kSigns[] = {"=", "!=", "=~", "!~"};
  const auto sign = std::ranges::find(kSigns, word_.text);
  if (failed() || sign == std::end(kSigns)) return blame_word("=, !=, =~ or !~ after a label's name");
  matcher.kind = static_cast<Matcher::Kind>(sign - std::begin(kSigns));
  take();
  if (failed() || word_.kind != Token::Kind::string) return blame_word("a label's value in quotes");
  matcher.value = word_.string;
  if (matcher.kind >= Matcher::Kind::matches) {
    if (const auto pattern = Pattern::compile(matcher.value); !pattern)
      return blame(word_.at, pattern.error().message());
  }
  take();
  node.matchers.push_back(std::move(matcher));
}

void Parser::range(Node& node) {
  take();
  const auto length = parse_duration(word_.text);
  if (failed() || word_.kind != Token::Kind::number || !length || *length < kShortestRange ||
      *length > kLongestRange || *length % kSecond != 0)
    return blame_word("a range of whole seconds from 1s to 32d, such as [5m]");
  node.range = *length;
  node.type = Type::range;
  take();
  expect("]", "after the range");
}

Parser::Place Parser::call(const FunctionInfo& info) {
  Node node{.kind = Node::Kind::call, .type = info.gives};
  node.function = info.function;
  take();
  for (const char wanted : info.takes) {
    if (!node.children.empty()) expect(",", fmt::format("in {}", info.example));
    const std::size_t begin = word_.at;
    if (!failed() && word_.is(")")) blame_word(fmt::format("another argument, as in {}", info.example));
    const Place argument = failed() ? 0 : expression(0);
    if (failed()) return 0;
    const Type type = wanted == 's' ? Type::scalar : wanted == 'v' ? Type::vector : Type::range;
    constexpr std::string_view kWanted[] = {"a number", "series", "a range of series"};
    expect_type(argument, type, begin,
                fmt::format("{}() wants {}, as in {}", info.name, kWanted[static_cast<std::size_t>(type)],
                            info.example));
    node.children.push_back(argument);
  }
  if (!failed() && !word_.is(")"))
    blame_word(fmt::format(") at the end of {}(), as in {}", info.name, info.example));
  take();
  return add(std::move(node));
}

Parser::Place Parser::aggregation(Aggregation kind) {
  Node node{.kind = Node::Kind::aggregation, .type = Type::vector};
  node.aggregation = kind;
  const auto read_grouping = [&] {
    if (take_if("by")) {
      node.grouping = grouping(Grouping::Kind::these);
    } else if (take_if("without")) {
      node.grouping = grouping(Grouping::Kind::others);
    }
  };
  read_grouping();
  expect("(", fmt::format("as in {} by(bot) (x)", name_of(kind)));
  const std::size_t begin = word_.at;
  const Place inner = failed() ? 0 : expression(0);
  expect_type(inner, Type::vector, begin, fmt::format("{}() wants series", name_of(kind)));
  expect(")", fmt::format("at the end of {}()", name_of(kind)));
  if (!failed() && node.grouping.kind == Grouping::Kind::none) read_grouping();
  node.children = {inner};
  return add(std::move(node));
}

Parser::Place Parser::binary(Place left, const Token& word) {
  Node node{.kind = Node::Kind::binary};
  node.op = *find_operator(word.text);
  matching(node);
  const Place right = failed() ? 0 : expression(precedence(node.op) + 1);
  if (failed()) return 0;
  node.children = {left, right};
  const bool numbers = type(left) == Type::scalar && type(right) == Type::scalar;
  node.type = numbers ? Type::scalar : Type::vector;
  check_binary(node, word);
  return add(std::move(node));
}

void Parser::matching(Node& node) {
  if (word_.is("bool"))
    return blame(word_.at, "bool is not known here: a comparison keeps the series for which it holds");
  if (take_if("on")) {
    node.grouping = grouping(Grouping::Kind::these);
  } else if (take_if("ignoring")) {
    node.grouping = grouping(Grouping::Kind::others);
  }
  if (word_.is("group_right"))
    return blame(word_.at, "group_right is not known here; change the sides and write group_left");
  if (!word_.is("group_left")) return;
  if (node.grouping.kind == Grouping::Kind::none || logical(node.op))
    return blame(word_.at, "group_left follows on(…) or ignoring(…) of +, -, *, / or a comparison");
  take();
  node.group_left = true;
  if (word_.is("(")) node.include = label_list();
}

void Parser::check_binary(const Node& node, const Token& word) {
  const Type left = type(node.children[0]), right = type(node.children[1]);
  if (left == Type::range || right == Type::range)
    return blame(word.at, "a range such as x[5m] belongs into a function such as rate(x[5m])");
  if (logical(node.op) && (left == Type::scalar || right == Type::scalar))
    return blame(word.at,
                 fmt::format("{} wants series on both sides, such as x > 1 {} y > 2", word.text, word.text));
  if (compares(node.op) && left == Type::scalar && right == Type::scalar)
    return blame(word.at, "both sides of this comparison are numbers; one has to be a metric");
  if (node.grouping.kind != Grouping::Kind::none && (left == Type::scalar || right == Type::scalar))
    blame(word.at, "on(…) and ignoring(…) want series on both sides");
}

Grouping Parser::grouping(Grouping::Kind kind) {
  return {kind, label_list()};
}

std::vector<std::string> Parser::label_list() {
  std::vector<std::string> labels;
  expect("(", "before the names of labels");
  while (!failed() && !take_if(")")) {
    if (word_.kind != Token::Kind::name || !metrics::is_label_name(word_.text)) {
      blame_word("a label's name");
    } else if (labels.size() == kMostLabels) {
      blame(word_.at, fmt::format("at most {} labels may be named", kMostLabels));
    } else {
      labels.emplace_back(word_.text);
      take();
      if (!word_.is(")")) expect(",", "or ) after a label's name");
    }
  }
  return labels;
}

}  // namespace

std::expected<Expression, ExpressionFault> parse_expression(std::string_view text) {
  if (text.size() > kLongestExpression)
    return std::unexpected(ExpressionFault{
        kLongestExpression + 1, fmt::format("an expression has at most {} bytes", kLongestExpression)});
  if (!is_utf8(text)) return std::unexpected(ExpressionFault{1, "expected UTF-8"});
  return Parser(text).parse();
}

}  // namespace steward::alerts
