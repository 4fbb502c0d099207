#include "alerts/expression.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steward::alerts {
namespace {

using testing::HasSubstr;

/// The expression as it is printed, or "column N: what is wrong".
std::string read(std::string_view text) {
  const auto parsed = parse_expression(text);
  return parsed ? print(*parsed) : fmt::format("column {}: {}", parsed.error().column, parsed.error().text);
}

TEST(Expression, ReadsWhatPeopleWrite) {
  EXPECT_EQ(read("daily_pnl < -200"), "daily_pnl < -200");
  EXPECT_EQ(read("  up{bot='a', state != \"b\",x=~'c|d',y!~''} [5m]  ").substr(0, 12), "column 1: a ");
  EXPECT_EQ(read("rate(x{bot='a',s!=\"b\",x=~'c|d',y!~''}[90s])"),
            "rate(x{bot=\"a\",s!=\"b\",x=~\"c|d\",y!~\"\"}[90s])");
  EXPECT_EQ(read("sum(x) by (bot) > 1"), "sum by(bot) (x) > 1");
  EXPECT_EQ(read("sum without(a, b,) (x)"), "sum without(a, b) (x)");
  EXPECT_EQ(read("a / on(bot) group_left(k) b"), "a / on(bot) group_left(k) b");
  EXPECT_EQ(read("absent(x{bot=\"q\\\"\\\\\\n\"})"), "absent(x{bot=\"q\\\"\\\\\\n\"})");
  EXPECT_EQ(read("predict_linear(x[6h], 4*3600) > time()"), "predict_linear(x[6h], 4 * 3600) > time()");
  EXPECT_EQ(read("histogram_quantile(0.99, rate(x_bucket[5m]))"),
            "histogram_quantile(0.99, rate(x_bucket[5m]))");
}

TEST(Expression, NumbersHaveTheUnitsOfTheConfiguration) {
  EXPECT_EQ(read("x > 85%"), "x > 0.85");
  EXPECT_EQ(read("x > 1h30m"), "x > 5400");
  EXPECT_EQ(read("x > 64MiB"), "x > 67108864");
  EXPECT_EQ(read("x > 250ms"), "x > 0.25");
  EXPECT_EQ(read("x > 1e-3 + .5 + 1e21"), "x > 0.001 + 0.5 + 1e+21");
}

TEST(Expression, BindsAsPromQLDoes) {
  EXPECT_EQ(read("a + b * c > d and e or f unless g"), "a + b * c > d and e or f unless g");
  EXPECT_EQ(read("(a + b) * c"), "(a + b) * c");
  EXPECT_EQ(read("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(read("(a - b) - c"), "a - b - c");
  EXPECT_EQ(read("-a * b"), "-a * b");
  EXPECT_EQ(read("-(a + b)"), "-(a + b)");
  EXPECT_EQ(read("(a or b) and c"), "(a or b) and c");
  const auto chain = parse_expression("a - b - c");
  EXPECT_EQ(chain->nodes[chain->root().children[1]].metric, "c");
}

TEST(Expression, AFaultSaysWhereAndWhatWasExpected) {
  EXPECT_EQ(read(""), "column 1: expected an expression, such as daily_pnl < -200, found the end");
  EXPECT_EQ(read("daily_pnl < "), "column 13: expected a metric, a number or a function, found the end");
  EXPECT_EQ(read("x > 1 and raet(y[5m])"),
            "column 11: expected a function, found \"raet\"; nearest known function: rate");
  EXPECT_THAT(read("frobnicate(y)"),
              HasSubstr("column 1: expected a function, found \"frobnicate\"; there are abs, "));
  EXPECT_EQ(read("rate(x)"),
            "column 6: rate() wants a range of series, as in rate(x[5m]), found series without a range");
  EXPECT_EQ(read("abs(x[5m])"), "column 5: abs() wants series, as in abs(x), found a range");
  EXPECT_EQ(read("predict_linear(x[1h])"),
            "column 21: expected , in predict_linear(x[6h], 4*3600), found \")\"");
  EXPECT_EQ(read("x{bot=a} > 1"), "column 7: expected a label's value in quotes, found \"a\"");
  EXPECT_EQ(read("x{bot=\"a} > 1"), "column 7: this text has no closing quote");
  EXPECT_THAT(read("x{bot=~\"(\"}"), HasSubstr("column 8: expected a regular expression (RE2 syntax): "));
  EXPECT_EQ(read("x[5]"),
            "column 3: expected a range of whole seconds from 1s to 32d, such as [5m], found \"5\"");
  EXPECT_EQ(read("1 > 2"), "column 3: both sides of this comparison are numbers; one has to be a metric");
  EXPECT_EQ(read("x and 2"), "column 3: and wants series on both sides, such as x > 1 and y > 2");
  EXPECT_EQ(read("x > bool 2"),
            "column 5: bool is not known here: a comparison keeps the series for which it holds");
  EXPECT_EQ(read("x > 5 sec"), "column 7: expected an operator or the end, found \"sec\"");
  EXPECT_EQ(read("x > 5sec"), "column 5: expected a number, such as 200, 0.5, 85%, 30s or 64MiB, found 5sec");
  EXPECT_EQ(read("x{bot=\"ä\"} > §"), "column 14: \"§\" has no meaning here") << "columns count characters";
  EXPECT_EQ(read("(x > 1"), "column 7: expected ) at the end of the parenthesis, found the end");
  EXPECT_EQ(read("bot > "), "column 7: expected a metric, a number or a function, found the end");
  EXPECT_EQ(read("by > 1"), "column 1: expected a metric, a number or a function, found the word \"by\"");
}

TEST(Expression, IsBounded) {
  EXPECT_THAT(read(std::string(200, '(') + "x"), HasSubstr("nested more than 50 deep"));
  EXPECT_THAT(read(std::string(200, '-') + "x"), HasSubstr("nested more than 50 deep"));
  EXPECT_THAT(read(std::string(5000, ' ')), HasSubstr("at most 4096 bytes"));
  std::string sum = "x";
  for (int i = 0; i < 400; ++i) sum += "+x";
  EXPECT_THAT(read(sum), HasSubstr("at most 400 parts"));
  EXPECT_THAT(read("x{a=~\"" + std::string(300, 'a') + "\"}"), HasSubstr("at most 256 bytes"));
  EXPECT_THAT(read("x{a=~\"(((a{100}){100}){100})\"}"), HasSubstr("column 6: expected a regular expression"));
}

template <class T>
T one_of(std::initializer_list<T> all) {
  return *(all.begin() + *rc::gen::inRange<std::size_t>(0, all.size()));
}

std::string any_text(int depth);

std::string any_series(int depth) {
  if (depth == 0) return one_of<std::string>({"x", "y{a=\"1\"}", "z{a=~'b|c',d!=\"\"}", "x_bucket"});
  const auto inner = [&] { return any_series(depth - 1); };
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return one_of<std::string>({"abs", "absent", "-", "sum by(a)", "max without(a, b)", "count"}) + "(" +
             inner() + ")";
    case 1:
      return one_of<std::string>({"rate", "increase", "delta", "deriv", "changes", "avg_over_time"}) +
             "(x{a='b'}[5m])";
    case 2:
      return "predict_linear(x[1h], " + any_text(depth - 1) + ")";
    case 3:
      return "(" + inner() + one_of<std::string>({" and ", " or ", " unless on(a) "}) + inner() + ")";
    case 4:
      return inner() + one_of<std::string>({" and ", " or ", " unless "}) + inner();
    case 5:
      return inner() +
             one_of<std::string>({" + ", " * ", " - ", " / ", " > ", " == ", " / on(a) group_left(b) "}) +
             inner();
    default:
      return inner() + one_of<std::string>({" > ", " <= ", " != ", " - ", " / "}) + "(" +
             any_text(depth - 1) + ")";
  }
}

/// A number's text.
std::string any_text(int depth) {
  if (depth == 0) return one_of<std::string>({"0", "1.5", "-3", "85%", "2h", "1e30", "time()"});
  return any_text(depth - 1) + one_of<std::string>({" + ", " - ", "*", " / "}) + "(" + any_text(depth - 1) +
         ")";
}

RC_GTEST_PROP(Expression, IsReadBackAsItWasPrinted, ()) {
  const auto text = any_series(*rc::gen::inRange(0, 5));
  const auto parsed = parse_expression(text);
  RC_PRE(parsed.has_value());
  const std::string printed = print(*parsed);
  const auto again = parse_expression(printed);
  RC_LOG() << text << "\n" << printed << "\n";
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *parsed);
}

}  // namespace
}  // namespace steward::alerts
