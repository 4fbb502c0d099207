// The three text forms of base/: words, JSON, money.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "base/money.hpp"
#include "base/random.hpp"
#include "base/ulid.hpp"
#include "base/words.hpp"

namespace steward {
namespace {

TEST(Words, AnyBytesSurviveALine) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& words) {
    RC_PRE(!words.empty());
    std::string line;
    for (const auto& word : words) line.append(line.empty() ? "" : " ").append(escape_word(word));
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(split_words(line).value() == words);
  }));
}

TEST(Words, RefusesBrokenEscapes) {
  for (const char* bad : {"", "a  b", " a", "a ", "%4", "%zz", "%0a", "a%", "tab\tin"}) {
    EXPECT_FALSE(split_words(bad)) << '"' << bad << '"';
  }
}

TEST(JsonWriter, PutsCommasAndClosersWhereTheyBelong) {
  JsonWriter w;
  w.object().field("t", 1).field("ok", true).array("list").value(1).value("a").object().end().end();
  w.object("in").field("x", 0.5).end().key("none").null().end();
  EXPECT_EQ(w.text(), R"({"t":1,"ok":true,"list":[1,"a",{}],"in":{"x":0.5},"none":null})");
}

TEST(JsonWriter, EscapesAndReplacesWhatIsNotUtf8) {
  std::string out;
  append_json_string(out, "q\"b\\n\n\x01\x7f\xff é \xed\xa0\x80");
  EXPECT_EQ(out, "\"q\\\"b\\\\n\\n\\u0001\\u007f\xef\xbf\xbd é \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Hundredths, ReadsJsonNumbersExactly) {
  EXPECT_EQ(parse_hundredths("0"), 0);
  EXPECT_EQ(parse_hundredths("1.01"), 101);
  EXPECT_EQ(parse_hundredths("-3.5"), -350);
  EXPECT_EQ(parse_hundredths("1e2"), 10'000);
  EXPECT_EQ(parse_hundredths("2.675"), 268);
  EXPECT_EQ(parse_hundredths("0.004999"), 0);
  EXPECT_EQ(parse_hundredths("0.00e999999999"), 0);
  EXPECT_EQ(parse_hundredths("12.5E-1"), 125);
  for (const char* bad :
       {"", "-", ".5", "1.", "01", "1e", "NaN", "0x1", "1 ", "90000000000000.01", "1e99999"}) {
    EXPECT_FALSE(parse_hundredths(bad)) << bad;
  }
}

TEST(Hundredths, WhatIsWrittenReadsBackTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto value = *rc::gen::inRange<std::int64_t>(-kMostPence, kMostPence);
    RC_ASSERT(parse_hundredths(format_hundredths(value)).value() == value);
  }));
}

TEST(Money, CarriesItsCurrency) {
  EXPECT_EQ(format_money(-1234, "GBP"), "-£12.34");
  EXPECT_EQ(format_money(500, "AUD"), "AUD 5.00");
  EXPECT_EQ(format_money(5, ""), "0.05");
}

TEST(Ulid, SortsByTimeAndIsRecognised) {
  SeededRandom random(1);
  const auto early = make_ulid(1'700'000'000 * kSecond, random);
  const auto late = make_ulid(1'700'000'001 * kSecond, random);
  EXPECT_LT(early, late);
  EXPECT_TRUE(is_ulid(early));
  EXPECT_FALSE(is_ulid("81ARZ3NDEKTSV4RRFFQ69G5FAV"));
  EXPECT_FALSE(is_ulid("short"));
}

}  // namespace
}  // namespace steward
