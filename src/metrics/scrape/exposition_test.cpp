#include "metrics/scrape/exposition.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include "metrics/registry.hpp"
#include "metrics/scrape/scraped.hpp"

namespace steward::metrics {
namespace {

std::string corpus(const std::string& name) {
  std::ifstream in(STEWARD_SOURCE_DIR "/tests/data/corpus/scraped_text/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal(std::string_view text) {
  const auto read = parse_exposition(text);
  return read ? "accepted" : read.error().message();
}

TEST(ExpositionTest, ReadsWhatPrometheusClientWritesInBothFormats) {
  for (const char* file : {"client_text", "client_openmetrics"}) {
    const auto read = parse_exposition(corpus(file));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->openmetrics, std::string(file) == "client_openmetrics");
    EXPECT_EQ(read->dropped, 0);
    const auto& first = read->samples.front();
    EXPECT_EQ(first.name, "orders_placed_total");
    EXPECT_EQ(first.type, ScrapedType::counter);
    EXPECT_EQ(first.label("strategy"), "fav");
    EXPECT_EQ(first.value, 7);
  }
}

TEST(ExpositionTest, AHistoryHasASeriesAgainWithAnotherTimestamp) {
  const std::string text = "a 1 1000\na 2 2000\na 3 2000\na 4\n";
  const auto history = parse_exposition(text, {.history = true});
  ASSERT_EQ(history->samples.size(), 3U);
  EXPECT_EQ(history->samples[1].timestamp, 2000.0);
  EXPECT_EQ(history->samples[2].timestamp, std::nullopt);
  EXPECT_EQ(history->dropped, 1) << "the same series at the same time";
  EXPECT_EQ(parse_exposition(text)->samples.size(), 1U);
}

TEST(ExpositionTest, ReadsOverTimestampsExemplarsCommentsAndBlankLines) {
  EXPECT_EQ(parse_exposition(corpus("timestamps"))->samples.size(), 2U);
  const auto read = parse_exposition(corpus("exemplar"));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->samples.size(), 4U);
  EXPECT_EQ(read->samples[0].type, ScrapedType::histogram);
}

TEST(ExpositionTest, UnescapesLabelsAndReadsInfinities) {
  const auto read = parse_exposition(corpus("escapes"));
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->samples.size(), 3U);
  EXPECT_EQ(read->samples[0].label("x"), "\\ \" \n \\q");
  EXPECT_EQ(read->samples[0].value, HUGE_VAL);
  EXPECT_EQ(read->samples[1].value, -HUGE_VAL);
  EXPECT_EQ(read->samples[1].labels.size(), 1U) << "an empty label is none";
  EXPECT_TRUE(std::isnan(read->samples[2].value));
}

TEST(ExpositionTest, ARefusalNamesTheLineAndWhatWasExpected) {
  EXPECT_EQ(refusal("a 1\nb{x=\"1\" 2\n"), "line 2: expected , or } after label x");
  EXPECT_EQ(refusal("1a 1\n"), "line 1: expected a metric's name");
  EXPECT_EQ(refusal("a x\n"), "line 1: expected a value for a");
  EXPECT_EQ(refusal("a 1e999\n"), "line 1: expected a value for a");
  EXPECT_EQ(refusal("a{x=\"1"), "line 1: expected a quote at the end of a label's value");
  EXPECT_EQ(refusal("a{x=\"1\",x=\"2\"} 1"), "line 1: expected label x once");
  EXPECT_EQ(refusal("a{x=\"\xff\"} 1"), "line 1: expected UTF-8 in a label's value");
  EXPECT_EQ(refusal("a 1 2 3"), "line 1: expected nothing after the timestamp of a");
  EXPECT_EQ(refusal("a 1 soon"), "line 1: expected a timestamp or nothing after the value of a");
  EXPECT_EQ(refusal("# TYPE a strange"), "line 1: expected \"# TYPE name type\"");
  EXPECT_EQ(refusal("# EOF\na 1\n"), "line 2: expected nothing after # EOF");
  EXPECT_EQ(refusal(std::string(5 * 1024 * 1024, ' ')),
            "expected at most 4194304 bytes of metrics, got 5242880");
}

TEST(ExpositionTest, BeyondALimitIsLeftOutAndCounted) {
  const ScrapeLimits limits{.series = 2, .labels = 1, .label_value = 3};
  const auto read = parse_exposition("a{x=\"1\",y=\"2\"} 1\na{x=\"long\"} 1\na 1\na 2\nb 1\nc 1\n", limits);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->samples.size(), 2U);
  EXPECT_EQ(read->dropped, 4);
}

TEST(ScrapedTest, TheFourNamesCountAsJournalledAndTheRestAreSeries) {
  for (const char* file : {"client_text", "client_openmetrics"}) {
    const Interpretation read = interpret(*parse_exposition(corpus(file)), "racing");
    const state::Scraped& scraped = read.scraped;
    ASSERT_EQ(scraped.placed.size(), 2U);
    EXPECT_EQ(scraped.placed[1].market_type, "WIN");
    EXPECT_EQ(scraped.placed[1].count, 7);
    ASSERT_EQ(scraped.strategies.size(), 1U);
    EXPECT_EQ(scraped.strategies[0].active_positions, 3);
    EXPECT_EQ(scraped.strategies[0].unrealized, -1234);
    ASSERT_TRUE(scraped.latency);
    EXPECT_EQ(scraped.latency->count, 5);
    EXPECT_EQ(scraped.latency->sum_ns, 12'343'000'000);
    std::int64_t in_buckets = 0;
    for (const auto count : scraped.latency->buckets) in_buckets += count;
    EXPECT_EQ(in_buckets, 5);
    EXPECT_EQ(scraped.latency->buckets.back(), 1) << "12 s is beyond the last bound";
    std::set<std::string> names;
    for (const auto& series : scraped.series) names.insert(series.name);
    EXPECT_TRUE(names.contains("bot_info"));
    EXPECT_TRUE(names.contains("loop_seconds_sum"));
    EXPECT_FALSE(names.contains("orders_placed_total"));
    EXPECT_FALSE(names.contains("orders_placed_created"));
    EXPECT_EQ(read.dropped, 0);
  }
}

TEST(ScrapedTest, AForeignBucketGoesToTheNarrowestThatCoversIt) {
  const Interpretation read =
      interpret(*parse_exposition("order_placement_duration_seconds_bucket{le=\"0.005\"} 2\n"
                                  "order_placement_duration_seconds_bucket{le=\"0.075\"} 5\n"
                                  "order_placement_duration_seconds_bucket{le=\"+Inf\"} 6\n"),
                "b");
  const auto& buckets = read.scraped.latency->buckets;
  EXPECT_EQ(buckets[5], 2);  // ≤ 5 ms
  EXPECT_EQ(buckets[9], 3);  // ≤ 100 ms
  EXPECT_EQ(buckets.back(), 1);
}

TEST(ScrapedTest, WithoutAStrategyTheBotsNameAndImpossibleValuesAreDropped) {
  const Interpretation read =
      interpret(*parse_exposition("orders_placed_total 3\nactive_positions -1\nunrealized_pnl "
                                  "NaN\nunrealized_pnl{strategy=\"x\"} 0.125\n"),
                "solo");
  const state::Scraped& scraped = read.scraped;
  ASSERT_EQ(scraped.placed.size(), 1U);
  EXPECT_EQ(scraped.placed[0].strategy, "solo");
  EXPECT_EQ(scraped.strategies.back().unrealized, 13);
  EXPECT_EQ(read.dropped, 2);
}

/// What the registry renders, in either format, the parser reads back as it was set.
RC_GTEST_PROP(RoundTrip, EveryRenderedSampleReadsBack, ()) {
  using Set = std::map<std::string, double>;
  const auto values = *rc::gen::container<Set>(
      rc::gen::map(
          rc::gen::container<std::string>(rc::gen::element('a', '"', '\\', '\n', '{', '}', ',', ' ', '=')),
          [](std::string text) { return text.empty() ? std::string("x") : text; }),
      rc::gen::arbitrary<double>());
  Registry registry;
  Family& family = **registry.add("g", "a \"help\"\nof \\ two lines", Kind::gauge);
  std::string text;
  for (const double factor : {1.0, 0.5, 1e10}) {  // values change their length; some are left out
    registry.begin();
    for (const auto& [label, value] : values)
      if (factor == 1.0 || label.size() % 2 == 0)
        family.set({{"k", label}, {"z", "\xc2\xa3"}}, value * factor);
    registry.end();
    for (const Format format : {Format::text, Format::openmetrics}) {
      registry.render(format, text);
      const auto read = parse_exposition(text);
      RC_ASSERT(read.has_value());
      RC_ASSERT(read->openmetrics == (format == Format::openmetrics));
      std::size_t expected = 0;
      for (const auto& [label, value] : values) expected += factor == 1.0 || label.size() % 2 == 0;
      RC_ASSERT(read->samples.size() == expected);
      for (const auto& sample : read->samples) {
        const double wanted = values.at(std::string(sample.label("k"))) * factor;
        RC_ASSERT(sample.value == wanted || (std::isnan(sample.value) && std::isnan(wanted)));
        RC_ASSERT(sample.label("z") == "\xc2\xa3");
        RC_ASSERT(sample.type == ScrapedType::gauge);
      }
    }
  }
}

}  // namespace
}  // namespace steward::metrics
