#include "alerts/evaluator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "metrics/registry.hpp"

namespace steward::alerts {
namespace {

using Values = std::map<LabelSet, double>;

/// A registry whose gauges are set as a whole, and expressions over it.
class Board {
 public:
  void pass(const std::map<std::string, Values>& all) {
    registry.begin();
    for (const auto& [name, values] : all)
      for (const auto& [labels, value] : values) {
        std::vector<metrics::Label> list;
        for (const auto& [label, text] : labels) list.push_back({label, text});
        registry.visiting(name, metrics::Kind::gauge)->set(list, value);
      }
    registry.end();
    now += kSecond;
    table.update(registry, now);
  }

  std::string ask(const std::string& text) {
    const auto expression = parse_expression(text);
    if (!expression) return expression.error().text;
    const Program program = compile(*expression, table);
    table.update(registry, now);
    const auto result = evaluator.run(program, table, now, 1'000 * kSecond);
    if (!result) return result.error().message();
    std::vector<std::string> lines;
    for (const Sample& sample : **result) lines.push_back(line(*sample.labels, sample.value));
    std::ranges::sort(lines);
    return fmt::format("{}", fmt::join(lines, " "));
  }

  /// "a=1:b=2:VALUE"; -0 is 0.
  static std::string line(const LabelSet& labels, double value) {
    std::string out;
    for (const auto& [name, text] : labels) out += name + "=" + text + ":";
    return out + fmt::format("{}", value + 0.0);
  }

  metrics::Registry registry;
  SeriesTable table;
  Evaluator evaluator;
  MonoNs now = kSecond;
};

TEST(Evaluator, SelectsByLabels) {
  Board board;
  board.pass({{"x", {{{{"a", "1"}}, 10}, {{{"a", "2"}}, 20}, {{{"a", "12"}, {"b", "1"}}, 30}}}});
  EXPECT_EQ(board.ask("x"), "a=12:b=1:30 a=1:10 a=2:20");
  EXPECT_EQ(board.ask("x{a='1'}"), "a=1:10");
  EXPECT_EQ(board.ask("x{a!='1'}"), "a=12:b=1:30 a=2:20");
  EXPECT_EQ(board.ask("x{a=~'1'}"), "a=1:10") << "the whole value matches";
  EXPECT_EQ(board.ask("x{a=~'1.?'}"), "a=12:b=1:30 a=1:10");
  EXPECT_EQ(board.ask("x{a!~'1.?'}"), "a=2:20");
  EXPECT_EQ(board.ask("x{b=''}"), "a=1:10 a=2:20") << "an absent label is empty";
  EXPECT_EQ(board.ask("x{a='1',b=~'.+'}"), "");
  EXPECT_EQ(board.ask("y"), "");
}

TEST(Evaluator, ComparisonsKeepWhatTheyHoldFor) {
  Board board;
  board.pass({{"daily_pnl", {{{{"strategy", "a"}}, -212.5}, {{{"strategy", "b"}}, 10}}}});
  EXPECT_EQ(board.ask("daily_pnl < -200"), "strategy=a:-212.5");
  EXPECT_EQ(board.ask("-200 > daily_pnl"), "strategy=a:-212.5") << "the series' value, not the number";
  EXPECT_EQ(board.ask("sum(daily_pnl) < -200"), "-202.5");
  EXPECT_EQ(board.ask("daily_pnl == daily_pnl"), "strategy=a:-212.5 strategy=b:10");
  EXPECT_EQ(board.ask("-daily_pnl > 5 * 40"), "strategy=a:212.5");
}

TEST(Evaluator, MatchesSidesByTheirLabels) {
  Board board;
  board.pass(
      {{"left",
        {{{{"bot", "a"}, {"s", "1"}}, 1}, {{{"bot", "a"}, {"s", "2"}}, 2}, {{{"bot", "b"}, {"s", "1"}}, 3}}},
       {"right", {{{{"bot", "a"}, {"k", "K"}}, 10}}},
       {"one", {{{}, 100}}}});
  EXPECT_EQ(board.ask("left * on(bot) group_left(k) right"), "bot=a:k=K:s=1:10 bot=a:k=K:s=2:20");
  EXPECT_EQ(board.ask("left + on() group_left() one"), "bot=a:s=1:101 bot=a:s=2:102 bot=b:s=1:103");
  EXPECT_EQ(board.ask("left and on(bot) right"), "bot=a:s=1:1 bot=a:s=2:2");
  EXPECT_EQ(board.ask("left unless on(bot) right"), "bot=b:s=1:3");
  EXPECT_EQ(board.ask("right or one"), "100 bot=a:k=K:10");
  EXPECT_EQ(board.ask("sum by(bot) (left) > on(bot) right / 10"), "bot=a:3");
  EXPECT_EQ(board.ask("left{s='1'} / ignoring(s, k) right"), "bot=a:0.1");
  EXPECT_NE(board.ask("left * on(bot) right").find("write group_left"), std::string::npos);
  EXPECT_NE(board.ask("right * on(bot) left").find("several series on the right of *"), std::string::npos);
}

TEST(Evaluator, Aggregates) {
  Board board;
  board.pass(
      {{"x", {{{{"a", "1"}, {"b", "1"}}, 1}, {{{"a", "1"}, {"b", "2"}}, 2}, {{{"a", "2"}, {"b", "1"}}, 6}}}});
  EXPECT_EQ(board.ask("sum by(a) (x)"), "a=1:3 a=2:6");
  EXPECT_EQ(board.ask("avg without(b) (x)"), "a=1:1.5 a=2:6");
  EXPECT_EQ(board.ask("max(x)"), "6");
  EXPECT_EQ(board.ask("min by(b) (x)"), "b=1:1 b=2:2");
  EXPECT_EQ(board.ask("count(x) / 2"), "1.5");
  EXPECT_EQ(board.ask("sum(y)"), "");
}

TEST(Evaluator, AbsenceHasTheLabelsThatWereAskedFor) {
  Board board;
  board.pass({{"x", {{{{"a", "1"}}, 1}}}});
  EXPECT_EQ(board.ask("absent(x)"), "");
  EXPECT_EQ(board.ask("absent(x{a='2',b!='3'})"), "a=2:1");
  EXPECT_EQ(board.ask("absent(sum(y))"), "1");
  EXPECT_EQ(board.ask("x and absent(y) or absent(z)"), "1");
}

TEST(Evaluator, CountersThatStartAnewGoOn) {
  Board board;
  for (const double value : {100, 110, 5, 10}) board.pass({{"x", {{{}, value}}}});
  board.ask("increase(x[10s])");  // from here on the past is kept
  for (const double value : {12, 3, 4}) board.pass({{"x", {{{}, value}}}});
  EXPECT_EQ(board.ask("max_over_time(x[10s])"), "4") << "a new selector has no past";
  EXPECT_EQ(board.ask("changes(x[9s])"), "0");
  const std::string grown =
      board.ask("increase(x[10s])");  // 10 → 12 → 3 → 4 is 6 in 3 s, and half a second more
  EXPECT_EQ(grown, "7");
}

TEST(Evaluator, RangesFollowASeriesWhenOthersComeAndGo) {
  Board board;
  board.pass({{"x", {{{{"a", "1"}}, 1}}}});
  board.ask("max_over_time(x[60s]) - min_over_time(x[60s])");
  board.pass({{"x", {{{{"a", "1"}}, 5}}}});
  board.pass({{"x", {{{{"a", "1"}}, 2}, {{{"a", "0"}}, 7}}}});
  EXPECT_EQ(board.ask("max_over_time(x[60s]) - min_over_time(x[60s])"), "a=0:0 a=1:4");
  board.pass({{"x", {{{{"a", "0"}}, 7}}}});
  EXPECT_EQ(board.ask("max_over_time(x[60s])"), "a=0:7");
}

TEST(Evaluator, AForecastWaitsForAQuarterOfItsRange) {
  Board board;
  board.pass({{"x", {{{}, 0}}}});
  board.ask("predict_linear(x[40s], 100)");
  board.ask("deriv(x[40s])");
  for (int i = 1; i <= 9; ++i) board.pass({{"x", {{{}, i * 2.0}}}});
  EXPECT_EQ(board.ask("predict_linear(x[40s], 100)"), "");
  for (int i = 10; i <= 20; ++i) board.pass({{"x", {{{}, i * 2.0}}}});
  EXPECT_EQ(board.ask("predict_linear(x[40s], 100)"), "240");
  EXPECT_EQ(board.ask("deriv(x[40s])"), "2");
}

TEST(Evaluator, QuantilesOfHistograms) {
  Board board;
  auto& family =
      **board.registry.add("d", "D.", metrics::Kind::histogram, {metrics::Number(0.1), metrics::Number(1)});
  board.registry.begin();
  const std::array<std::int64_t, 3> counts{50, 49, 1};
  family.set_histogram({}, counts, 12.0);
  board.registry.end();
  EXPECT_EQ(board.ask("histogram_quantile(0.25, d_bucket)"), "0.05");
  EXPECT_EQ(board.ask("histogram_quantile(0.745, d_bucket)"), "0.55");
  EXPECT_EQ(board.ask("histogram_quantile(0.995, d_bucket)"), "1");
  EXPECT_EQ(board.ask("d_sum / d_count"), "0.12");
  EXPECT_EQ(board.ask("d_bucket{le='0.1'}"), "le=0.1:50");
  EXPECT_EQ(board.ask("d"), "");
}

// ── against a naive reading of PromQL's documentation ──

Values any_values() {
  Values out;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    LabelSet labels{{"a", std::to_string(*rc::gen::inRange(0, 3))}};
    if (*rc::gen::arbitrary<bool>()) labels.emplace_back("b", std::to_string(*rc::gen::inRange(0, 2)));
    out[labels] = *rc::gen::inRange(-3, 4);
  }
  return out;
}

struct Asked {
  std::string text;
  std::optional<Values> wanted;  ///< nothing: a fault
};

Asked combine(const std::string& op, const Asked& left, const Asked& right) {
  Asked out{"(" + left.text + ") " + op + " (" + right.text + ")", std::nullopt};
  if (!left.wanted || !right.wanted) return out;
  out.wanted.emplace();
  for (const auto& [labels, value] : *left.wanted) {
    const auto other = right.wanted->find(labels);
    const bool both = other != right.wanted->end();
    if (op == "or" || (op == "and" && both) || (op == "unless" && !both)) (*out.wanted)[labels] = value;
    if (!both) continue;
    if (op == "+") (*out.wanted)[labels] = value + other->second;
    if (op == "*") (*out.wanted)[labels] = value * other->second;
    if ((op == ">" && value > other->second) || (op == "!=" && value != other->second))
      (*out.wanted)[labels] = value;
  }
  if (op == "or")
    for (const auto& [labels, value] : *right.wanted) out.wanted->emplace(labels, value);
  return out;
}

Asked sum_by_a(const Asked& inner) {
  Asked out{"sum by(a) (" + inner.text + ")", std::nullopt};
  if (!inner.wanted) return out;
  out.wanted.emplace();
  for (const auto& [labels, value] : *inner.wanted) {
    LabelSet group;
    if (!value_of(labels, "a").empty()) group = {{"a", std::string(value_of(labels, "a"))}};
    (*out.wanted)[group] += value;
  }
  return out;
}

Asked any_question(const std::map<std::string, Values>& all, int depth) {
  if (depth == 0) {
    const std::string name = *rc::gen::element<std::string>("x", "y", "z");
    return {name, all.at(name)};
  }
  if (*rc::gen::inRange(0, 5) == 0) return sum_by_a(any_question(all, depth - 1));
  const auto op = *rc::gen::element<std::string>("and", "or", "unless", "+", "*", ">", "!=");
  return combine(op, any_question(all, depth - 1), any_question(all, depth - 1));
}

RC_GTEST_PROP(Evaluator, AgreesWithANaiveReading, ()) {
  const std::map<std::string, Values> all{{"x", any_values()}, {"y", any_values()}, {"z", any_values()}};
  const Asked asked = any_question(all, *rc::gen::inRange(1, 4));
  Board board;
  board.pass(all);
  std::vector<std::string> lines;
  for (const auto& [labels, value] : *asked.wanted) lines.push_back(Board::line(labels, value));
  std::ranges::sort(lines);
  RC_LOG() << asked.text << "\n";
  RC_ASSERT(board.ask(asked.text) == fmt::format("{}", fmt::join(lines, " ")));
}

RC_GTEST_PROP(Window, NothingBetweenTwoPointsIsLost, ()) {
  // A range of 20 minutes has a point for each 5 s: what happens within these must count.
  const auto values = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(0, 50));
  Window most(Function::max_over_time, 1200 * kSecond), changes(Function::changes, 1200 * kSecond),
      grown(Function::increase, 1200 * kSecond), mean(Function::avg_over_time, 1200 * kSecond);
  double changed = 0, sum = 0, resets = 0;
  MonoNs now = 0;
  for (std::size_t i = 0; i < values.size(); ++i, now += kSecond) {
    for (Window* window : {&most, &changes, &grown, &mean}) window->add(now, values[i]);
    sum += values[i];
    // The first point's own five values are its inside: a change there came before its newest value.
    if (i > 4 && values[i] != values[i - 1]) ++changed;
    if (i > 4 && values[i] < values[i - 1]) resets += values[i - 1];
  }
  now -= kSecond;
  RC_ASSERT(*most.result(now, 0) == *std::ranges::max_element(values));
  RC_ASSERT(*changes.result(now, 0) == changed);
  RC_ASSERT(std::abs(*mean.result(now, 0) - sum / 40) < 1e-9);
  const double seen = values.back() - values[4] + resets;  // between the first and the newest point
  RC_ASSERT(*grown.result(now, 0) >= seen - 1e-9);
  RC_ASSERT(*grown.result(now, 0) <= seen * (35 + 5.0) / 35 + 1e-9);
}

}  // namespace
}  // namespace steward::alerts
