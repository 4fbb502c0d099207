#include "exchange/betfair/json_scanner.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <string>

namespace steward::betfair {
namespace {

/// A scanner with the padded copy of its text; what stands behind the text must not matter.
struct Scanning {
  explicit Scanning(std::string_view text, char behind = '9')
      : padded(std::string(text) + std::string(32, behind)), scan({padded.data(), text.size()}) {}
  std::string padded;
  JsonScanner scan;
};

TEST(JsonScanner, SkipsAnyValueWhoseBracketsMatch) {
  for (const char* text : {"1", "-1.5e+3", "null", "\"a\\\"]\"", "[]", "{}",
                           R"({"a":[1,{"b":"]}"}],"c":"\\"})", " [ 1 , [ 2 ] ] "}) {
    Scanning one(text, ']');
    EXPECT_TRUE(one.scan.skip() && one.scan.finished()) << text;
  }
  for (const char* text :
       {"", "[", "[1", "[}", "{\"a\":[}]", "\"open", "\"open\\", "]", ",", "\\", "[1,\x01]"}) {
    Scanning one(text, ']');
    EXPECT_FALSE(one.scan.skip()) << text;
  }
  EXPECT_TRUE(Scanning(std::string(64, '[') + std::string(64, ']')).scan.skip());
  EXPECT_FALSE(Scanning(std::string(65, '[') + std::string(65, ']')).scan.skip());
}

TEST(JsonScanner, TellsWhetherAStringIsPlain) {
  std::string_view out;
  bool plain = false;
  Scanning ascii("\"AOq7wRQA5papFACf7r4U\"");
  ASSERT_TRUE(ascii.scan.string(out, plain));
  EXPECT_EQ(out, "AOq7wRQA5papFACf7r4U");
  EXPECT_TRUE(plain);
  Scanning escaped(R"("a\"b")");
  ASSERT_TRUE(escaped.scan.string(out, plain));
  EXPECT_EQ(out, R"(a\"b)");
  EXPECT_FALSE(plain);
  Scanning foreign("\"Zoë\"");
  ASSERT_TRUE(foreign.scan.string(out, plain));
  EXPECT_FALSE(plain);
  EXPECT_FALSE(Scanning("\"a\tb\"").scan.string(out, plain));
  EXPECT_FALSE(Scanning("\"never ends", '"').scan.string(out, plain));
}

TEST(JsonScanner, GivesEachKeyItsCode) {
  Scanning text(R"({"atb" : 1,"marketDefinition":2,"bdatl":3,"a\"b":4,"":5})");
  std::vector<std::pair<std::uint64_t, std::string>> seen;
  ASSERT_TRUE(text.scan.object([&](std::uint64_t code, std::string_view name) {
    seen.emplace_back(code, name);
    return text.scan.skip();
  }));
  const std::vector<std::pair<std::uint64_t, std::string>> expected{{key_code("atb"), "atb"},
                                                                    {0, "marketDefinition"},
                                                                    {key_code("bdatl"), "bdatl"},
                                                                    {key_code(R"(a\"b)"), R"(a\"b)"},
                                                                    {0, ""}};
  EXPECT_EQ(seen, expected);
}

TEST(JsonScanner, RefusesIntegersThatAreNone) {
  std::int64_t out = 0;
  for (const char* text : {"", "-", "01", "1.0", "1e2", "1234567890123456789", "x"})
    EXPECT_FALSE(Scanning(text, ' ').scan.integer(out)) << text;
  EXPECT_FALSE(Scanning("12345678", '9').scan.integer(out)) << "digits behind the text are not the number's";
}

RC_GTEST_PROP(JsonScanner, ReadsEveryInteger, ()) {
  const auto number = *rc::gen::inRange<std::int64_t>(-999'999'999'999'999'999, 1'000'000'000'000'000'000);
  const auto digits = *rc::gen::inRange(0, 18);
  std::int64_t wanted = number;
  for (int i = 0; i < digits; ++i) wanted /= 10;
  const std::string text = std::to_string(wanted);
  Scanning one(text, ',');
  std::int64_t out = 0;
  RC_ASSERT(one.scan.integer(out));
  RC_ASSERT(out == wanted && one.scan.finished());
}

TEST(JsonScanner, ManyDigitsAreAnAmountWhenTheExponentMakesThemOne) {
  Scanning one("100000000000000E-2", ',');
  std::int64_t out = 0;
  EXPECT_TRUE(one.scan.hundredths(out) && one.scan.finished());
  EXPECT_EQ(out, 100'000'000'000'000);
  EXPECT_FALSE(Scanning("100000000000000", ',').scan.hundredths(out));
}

/// Numbers of every length around the border between the short ones and the others, and what looks like them.
RC_GTEST_PROP(JsonScanner, ReadsHundredthsAsTheDecimalArithmeticDoes, ()) {
  const auto part = [](int most) {
    return rc::gen::mapcat(rc::gen::inRange(0, most + 1), [](int length) {
      return rc::gen::container<std::string>(static_cast<std::size_t>(length),
                                             rc::gen::inRange('0', static_cast<char>('9' + 1)));
    });
  };
  std::string text = *rc::gen::element<std::string>("", "", "", "-") + *part(15);
  text += *rc::gen::element<std::string>("", ".") + *part(4) +
          *rc::gen::element<std::string>("", "", "", "e1", "E-2");
  const auto wanted = parse_hundredths(text);
  Scanning one(text, *rc::gen::element(',', ']', ' '));
  std::int64_t out = 0;
  const bool read = one.scan.hundredths(out) && one.scan.finished();
  RC_ASSERT(read == wanted.has_value());
  if (read) RC_ASSERT(out == *wanted);
}

}  // namespace
}  // namespace steward::betfair
