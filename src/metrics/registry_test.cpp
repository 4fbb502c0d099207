#include "metrics/registry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace steward::metrics {
namespace {

std::string shown(Registry& registry, Format format = Format::text) {
  std::string out;
  registry.render(format, out);
  return out;
}

std::string written(Number number) {
  std::array<char, Number::kMostText> buffer;
  return {buffer.data(), number.write(buffer)};
}

/// One pass in which the family gets these values by label "k".
void pass(Registry& registry, Family& family, std::initializer_list<std::pair<const char*, Number>> values) {
  registry.begin();
  for (const auto& [key, value] : values) family.set({{"k", key}}, value);
  registry.end();
}

TEST(NumberTest, IsADoubleInEachForm) {
  EXPECT_EQ(Number(7).as_double(), 7);
  EXPECT_EQ(Number(0.1).as_double(), 0.1);
  EXPECT_EQ(Number::hundredths(-1234).as_double(), -12.34);
  EXPECT_EQ(Number::seconds(1'500'000'000).as_double(), 1.5);
}

TEST(NumberTest, WritesEachFormExactly) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(std::int64_t{9'007'199'254'740'993}), "9007199254740993");
  EXPECT_EQ(written(Number::hundredths(-5)), "-0.05");
  EXPECT_EQ(written(Number::hundredths(123400)), "1234.00");
  EXPECT_EQ(written(Number::seconds(1'500'000'000)), "1.5");
  EXPECT_EQ(written(Number::seconds(2'000'000'000)), "2");
  EXPECT_EQ(written(Number::seconds(1)), "0.000000001");
  EXPECT_EQ(written(Number::seconds(std::numeric_limits<std::int64_t>::min())), "-9223372036.854775808");
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(std::nan("")), "NaN");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_LE(written(-std::numeric_limits<double>::denorm_min()).size(), Number::kMostText);
  EXPECT_LE(written(-std::numeric_limits<double>::max()).size(), Number::kMostText);
}

/// The series of one name as rules see them.
std::string series_of(const Registry& registry, std::string_view name) {
  std::string out;
  registry.each_series(name, [&](Labels labels, const Number& value) {
    for (const Label& label : labels) out.append(label.name).append("=").append(label.value).append(":");
    out += written(value) + " ";
  });
  return out;
}

TEST(RegistryTest, RulesReadTheSeriesAndSeeWhenTheyComeAndGo) {
  Registry registry;
  Family& gauge = **registry.add("g", "G.", Kind::gauge);
  Family& histogram = **registry.add("h", "H.", Kind::histogram, {Number(0.5), Number(5)});
  const std::array<std::int64_t, 3> counts{1, 2, 3};
  registry.begin();
  gauge.set({{"z", "1"}, {"a", "x=\"y"}}, 5);
  gauge.set({{"a", "2"}}, 6);
  histogram.set_histogram({}, counts, 4.5);
  registry.visiting("v_total", Kind::counter)->set({{"bot", "b"}}, 7);
  registry.end();
  EXPECT_EQ(series_of(registry, "g"), "a=x=\"y:z=1:5 a=2:6 ");
  EXPECT_EQ(series_of(registry, "h_bucket"), "le=0.5:1 le=5.0:3 le=+Inf:6 ");
  EXPECT_EQ(series_of(registry, "h_sum") + series_of(registry, "h_count"), "4.5 6 ");
  EXPECT_EQ(series_of(registry, "v_total"), "bot=b:7 ");
  EXPECT_EQ(series_of(registry, "h") + series_of(registry, "g_sum") + series_of(registry, "nobody"), "");
  const auto before = registry.generation();
  registry.begin();
  gauge.set({{"a", "x=\"y"}, {"z", "1"}}, 50);
  gauge.set({{"a", "2"}}, 60);
  histogram.set_histogram({}, counts, 4.5);
  registry.visiting("v_total", Kind::counter)->set({{"bot", "b"}}, 8);
  registry.end();
  EXPECT_EQ(registry.generation(), before) << "the same series with other values";
  pass(registry, gauge, {{"1", 1}});
  EXPECT_GT(registry.generation(), before);
  EXPECT_EQ(series_of(registry, "g") + series_of(registry, "v_total"), "k=1:1 ");
}

TEST(RegistryTest, TextAndOpenMetricsDifferInHeadersOnly) {
  Registry registry;
  Family& placed = **registry.add("orders_placed_total", "Orders \"placed\"\nso far \\", Kind::counter);
  Family& build = **registry.add("steward_build_info", "Version.", Kind::info);
  Family& other = **registry.add("odd", "Odd.", Kind::untyped);
  registry.begin();
  placed.set({{"strategy", "a\"b\\c\nd"}, {"market_type", "WIN"}}, 7);
  build.set({{"version", "0.1"}}, 1);
  other.set({}, 1.5);
  registry.end();
  const std::string samples = "orders_placed_total{strategy=\"a\\\"b\\\\c\\nd\",market_type=\"WIN\"} 7\n";
  EXPECT_EQ(
      shown(registry),
      "# HELP orders_placed_total Orders \"placed\"\\nso far \\\\\n# TYPE orders_placed_total counter\n" +
          samples +
          "# HELP steward_build_info Version.\n# TYPE steward_build_info "
          "gauge\nsteward_build_info{version=\"0.1\"} 1\n"
          "# HELP odd Odd.\n# TYPE odd untyped\nodd 1.5\n");
  EXPECT_EQ(
      shown(registry, Format::openmetrics),
      "# HELP orders_placed Orders \\\"placed\\\"\\nso far \\\\\n# TYPE orders_placed counter\n" + samples +
          "# HELP steward_build Version.\n# TYPE steward_build info\nsteward_build_info{version=\"0.1\"} 1\n"
          "# HELP odd Odd.\n# TYPE odd unknown\nodd 1.5\n# EOF\n");
}

TEST(RegistryTest, AHistogramIsCumulativeAndEndsInInf) {
  Registry registry;
  Family& family = **registry.add("d_seconds", "D.", Kind::histogram,
                                  {Number::seconds(100'000), Number::seconds(1'000'000'000)});
  registry.begin();
  const std::int64_t counts[] = {2, 3, 1};
  EXPECT_TRUE(family.set_histogram({}, counts, Number::seconds(7'250'000'000)));
  registry.end();
  EXPECT_EQ(
      shown(registry),
      "# HELP d_seconds D.\n# TYPE d_seconds histogram\n"
      "d_seconds_bucket{le=\"0.0001\"} 2\nd_seconds_bucket{le=\"1.0\"} 5\nd_seconds_bucket{le=\"+Inf\"} 6\n"
      "d_seconds_sum 7.25\nd_seconds_count 6\n");
}

TEST(RegistryTest, ChangedValuesAreWrittenWhateverTheirLength) {
  Registry registry;
  Family& family = **registry.add("g", "G.", Kind::gauge);
  pass(registry, family, {{"a", 1}, {"b", 2}, {"c", 3}});
  shown(registry);
  pass(registry, family, {{"a", 100000}, {"b", 5}, {"c", 0.25}});
  EXPECT_EQ(shown(registry),
            "# HELP g G.\n# TYPE g gauge\ng{k=\"a\"} 100000\ng{k=\"b\"} 5\ng{k=\"c\"} 0.25\n");
  pass(registry, family, {{"a", 7}, {"b", -5}, {"c", 8}});
  EXPECT_EQ(shown(registry), "# HELP g G.\n# TYPE g gauge\ng{k=\"a\"} 7\ng{k=\"b\"} -5\ng{k=\"c\"} 8\n");
}

TEST(RegistryTest, SeriesThatAreNotSetDisappearAndMayComeBack) {
  Registry registry;
  Family& family = **registry.add("g", "G.", Kind::gauge);
  pass(registry, family, {{"a", 1}, {"b", 22}, {"c", 3}});
  pass(registry, family, {{"c", 333}, {"a", 1}});
  EXPECT_EQ(shown(registry), "# HELP g G.\n# TYPE g gauge\ng{k=\"a\"} 1\ng{k=\"c\"} 333\n");
  EXPECT_EQ(registry.budget().lines, 2U);
  pass(registry, family, {{"b", 4}, {"a", 10}, {"c", 5}});
  EXPECT_EQ(shown(registry), "# HELP g G.\n# TYPE g gauge\ng{k=\"a\"} 10\ng{k=\"c\"} 5\ng{k=\"b\"} 4\n");
}

TEST(RegistryTest, TheSameLabelsInAnyOrderAreOneSeriesAndTwiceInAPassIsRefused) {
  Registry registry;
  Family& family = **registry.add("g", "G.", Kind::gauge);
  registry.begin();
  EXPECT_TRUE(family.set({{"a", "1"}, {"b", "2"}}, 1));
  EXPECT_FALSE(family.set({{"b", "2"}, {"a", "1"}}, 2));
  EXPECT_TRUE(family.set({{"a", "1b"}, {"b", ""}}, 3));
  registry.end();
  EXPECT_EQ(registry.last_pass().dropped_duplicate, 1);
  EXPECT_EQ(shown(registry), "# HELP g G.\n# TYPE g gauge\ng{a=\"1\",b=\"2\"} 1\ng{a=\"1b\",b=\"\"} 3\n");
}

TEST(RegistryTest, BadNamesLabelsAndValuesAreRefused) {
  Registry registry;
  EXPECT_EQ(registry.add("1x", "h", Kind::gauge).error().code(), Code::invalid);
  EXPECT_EQ(registry.add("a-b", "h", Kind::gauge).error().code(), Code::invalid);
  EXPECT_EQ(registry.add("count", "h", Kind::counter).error().code(), Code::invalid);
  EXPECT_EQ(registry.add("_total", "h", Kind::counter).error().code(), Code::invalid);
  Family& family = **registry.add("c_total", "h", Kind::counter);
  registry.begin();
  EXPECT_FALSE(family.set({}, -1));
  EXPECT_FALSE(family.set({}, std::nan("")));
  EXPECT_FALSE(family.set({{"__x", "1"}}, 1));
  EXPECT_FALSE(family.set({{"a", "1"}, {"a", "2"}}, 1));
  EXPECT_FALSE(family.set({{"a", "\xff"}}, 1));
  EXPECT_FALSE(family.set({{"a", std::string(2000, 'x')}}, 1));
  registry.end();
  EXPECT_EQ(registry.last_pass().dropped_invalid, 6);
  EXPECT_TRUE(family.empty());
}

TEST(RegistryTest, NamesThatWouldClashInEitherFormatAreRefused) {
  Registry registry;
  ASSERT_TRUE(registry.add("orders_placed_total", "h", Kind::counter));
  ASSERT_TRUE(registry.add("d_seconds", "h", Kind::histogram));
  EXPECT_EQ(registry.add("orders_placed_total", "h", Kind::gauge).error().code(), Code::conflict);
  EXPECT_EQ(registry.add("orders_placed", "h", Kind::gauge).error().code(), Code::conflict);
  EXPECT_EQ(registry.add("d_seconds_count", "h", Kind::gauge).error().code(), Code::conflict);
  EXPECT_EQ(registry.visiting("d_seconds_bucket", Kind::counter), nullptr);
  EXPECT_TRUE(registry.own("d_seconds_sum"));
}

TEST(RegistryTest, ABotsFamilyLivesAsLongAsItHasSeries) {
  Registry registry;
  registry.begin();
  Family* turns = registry.visiting("turns", Kind::counter);
  ASSERT_NE(turns, nullptr);
  EXPECT_EQ(turns->kind(), Kind::untyped) << "OpenMetrics has no counter without _total";
  turns->set({{"bot", "a"}}, 3);
  registry.end();
  EXPECT_NE(shown(registry).find("turns{bot=\"a\"} 3\n"), std::string::npos);
  registry.begin();
  registry.end();
  EXPECT_EQ(shown(registry), "");
  EXPECT_NE(registry.visiting("turns", Kind::gauge), nullptr);
}

TEST(RegistryTest, ABotMayHaveACounterAndAGaugeOfOneName) {
  Registry registry;
  registry.begin();
  registry.visiting("turns", Kind::gauge)->set({}, 1);
  Family* total = registry.visiting("turns_total", Kind::counter);
  ASSERT_NE(total, nullptr);
  EXPECT_EQ(total->kind(), Kind::untyped);
  total->set({}, 2);
  registry.end();
  EXPECT_NE(shown(registry, Format::openmetrics).find("# TYPE turns_total unknown\nturns_total 2\n"),
            std::string::npos);
}

TEST(RegistryTest, BeyondTheBoundSeriesAreDroppedAndCounted) {
  Registry registry(3);
  Family& family = **registry.add("g", "G.", Kind::gauge);
  pass(registry, family, {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}});
  EXPECT_EQ(registry.budget().lines, 3U);
  EXPECT_EQ(registry.last_pass().dropped_full, 2);
  pass(registry, family, {{"a", 1}});
  EXPECT_EQ(registry.last_pass().dropped_full, 0);
  pass(registry, family, {{"a", 1}, {"e", 5}});
  EXPECT_NE(shown(registry).find("g{k=\"e\"} 5"), std::string::npos);
}

TEST(RegistryTest, BotsCannotCrowdOutStewardsOwn) {
  Registry registry(20);
  Family& own = **registry.add("g", "G.", Kind::gauge);
  registry.begin();
  Family& theirs = *registry.visiting("theirs", Kind::gauge);
  for (int i = 0; i < 30; ++i) theirs.set({{"i", std::to_string(i)}}, i);
  EXPECT_EQ(registry.budget().lines, 18U);
  EXPECT_TRUE(own.set({{"k", "a"}}, 1));
  EXPECT_TRUE(own.set({{"k", "b"}}, 1));
  EXPECT_FALSE(own.set({{"k", "c"}}, 1));
}

}  // namespace
}  // namespace steward::metrics
