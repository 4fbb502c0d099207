#include "journal/decoder.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/money.hpp"
#include "journal/vocabulary.hpp"

namespace steward::journal {
namespace {

/// Decodes lines out of a buffer that, like a real one, has more lines behind.
class DecoderTest : public testing::Test {
 protected:
  const Event* decode(std::string line) {
    const std::size_t size = line.size();
    buffer_ = std::move(line) + "\n}]}]{\"type\":\"note\"}" + std::string(Decoder::kPadding, ' ');
    return decoder_.decode({buffer_.data(), size});
  }
  std::string reason(std::string line) {
    return decode(std::move(line)) == nullptr ? decoder_.reason() : std::string("good");
  }
  Decoder decoder_;
  std::string buffer_;
};

TEST_F(DecoderTest, reads_every_kind_of_field) {
  const Event* event =
      decode(R"({"t":1669123456789000000,"type":"order.matched","customer_order_ref":"a\"b",)"
             R"("bet_id":1234567890123,"selection_id":-5,"size_matched":2.5,)"
             R"("average_price_matched":3.549999999,"simulated":true,"strategy":null})");
  ASSERT_NE(event, nullptr) << decoder_.reason();
  EXPECT_EQ(event->type, Type::order_matched);
  EXPECT_EQ(event->t, 1669123456789000000);
  EXPECT_EQ(event->text(Field::customer_order_ref), "a\"b");
  EXPECT_EQ(event->text(Field::bet_id), "1234567890123");
  EXPECT_EQ(event->number(Field::selection_id), -5);
  EXPECT_EQ(event->number(Field::size_matched), 250);
  EXPECT_EQ(event->number(Field::average_price_matched), 355);
  EXPECT_TRUE(event->truth(Field::simulated));
  EXPECT_FALSE(event->has(Field::strategy));
}

TEST_F(DecoderTest, reads_labels) {
  const Event* event =
      decode(R"({"type":"metric","name":"turns","value":1.5e3,"labels":{"venue":"Ascot","b":"c"}})");
  ASSERT_NE(event, nullptr) << decoder_.reason();
  EXPECT_EQ(event->real(Field::value), 1500);
  ASSERT_EQ(event->label_count, 2U);
  EXPECT_EQ(event->labels[0].second, "Ascot");
  EXPECT_EQ(reason(R"({"type":"metric","name":"n","value":1,"labels":{"a":1}})"),
            "labels: expected an object of strings");
  EXPECT_EQ(reason(R"({"type":"metric","name":"9n","value":1})"), "name: not a metric's name");
  EXPECT_EQ(reason(R"({"type":"metric","name":"n","value":1,"labels":{"a-b":"1"}})"),
            "labels: not a label's name");
}

TEST_F(DecoderTest, what_a_later_version_adds_is_counted_never_an_error) {
  const Event* event = decode(R"({"type":"order.teleported","customer_order_ref":7.5,"price":"high"})");
  ASSERT_NE(event, nullptr) << decoder_.reason();
  EXPECT_EQ(event->type, Type::unknown);
  event = decode(R"({"type":"note","text":"x","colour":{"deep":[1,{"a":null}]},"price":"high"})");
  ASSERT_NE(event, nullptr) << decoder_.reason();
  EXPECT_EQ(event->unknown_fields, 1);
}

TEST_F(DecoderTest, says_what_is_wrong_with_a_bad_line) {
  EXPECT_EQ(reason(R"({"type":"market.closed"})"), "market.closed without \"market_id\"");
  EXPECT_EQ(reason(R"({"text":"x"})"), "no \"type\"");
  EXPECT_EQ(reason(R"({"type":5.5e})"), "type: expected a string");
  EXPECT_EQ(reason(R"({"type":"note","text":"x","bet_id":5.5e})"), "good") << "a note has no bet";
  EXPECT_EQ(reason(R"({"type":"order.placed","customer_order_ref":5.5e})"),
            "customer_order_ref: not a number");
  EXPECT_EQ(reason(R"({"type":"pnl","realized":"12"})"), "realized: expected a number");
  EXPECT_EQ(reason(R"({"type":"pnl","realized":90000000000000.01})"),
            "realized: expected an amount within ±90,000,000,000,000");
  EXPECT_EQ(reason(R"({"type":"note","text":"x","t":-1})"), "t: before 1970");
  EXPECT_EQ(reason(R"({"type":"note","text":"x","t":1.5})"), "t: expected an integer");
  EXPECT_EQ(reason(R"({"type":"note","text":"x"} {})"), "more than one JSON value");
  EXPECT_EQ(reason(R"({"type":"note","text":nuc"l"})"), "text: not a JSON value");
  EXPECT_EQ(reason("[1]"), "not a JSON object");
  EXPECT_EQ(reason(""), "an empty line");
  EXPECT_EQ(reason(R"({"type":"position","market_id":")" + std::string(129, 'x') + "\"}"),
            "market_id: longer than 128 bytes");
  EXPECT_EQ(reason(R"({"type":"note","text":")" + std::string(kMostLine, 'x') + "\"}"), "longer than 64 KiB");
}

TEST_F(DecoderTest, every_line_cut_short_is_bad) {
  const std::string line = R"({"t":12,"type":"note","text":"hello","labels":{"a":"b"},"x":[1,2,{"y":3}]})";
  ASSERT_NE(decode(line), nullptr) << decoder_.reason();
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(decode(line.substr(0, size)), nullptr) << line.substr(0, size);
  }
}

RC_GTEST_FIXTURE_PROP(DecoderTest, money_reads_as_the_slow_parser_reads_it, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000);
  const auto decimals = *rc::gen::inRange(0, 5);
  std::string number = std::to_string(whole);
  if (decimals > 0)
    number += "." + std::string(static_cast<std::size_t>(decimals),
                                '0' + static_cast<char>(*rc::gen::inRange(0, 10)));
  const Event* event = decode(R"({"type":"pnl","realized":)" + number + "}");
  RC_ASSERT(event != nullptr);
  RC_ASSERT(event->number(Field::realized) == *parse_hundredths(number));
}

TEST(Vocabulary, every_name_finds_itself) {
  for (std::size_t i = 0; i < kFields; ++i) {
    const auto field = static_cast<Field>(i);
    EXPECT_EQ(field_of(name_of(field)), field) << name_of(field);
  }
  for (std::size_t i = 1; i <= static_cast<std::size_t>(Type::gate); ++i) {
    EXPECT_EQ(type_of(name_of(static_cast<Type>(i))), static_cast<Type>(i)) << name_of(static_cast<Type>(i));
  }
  EXPECT_EQ(field_of("nothing"), Field::count_);
  EXPECT_EQ(type_of(""), Type::unknown);
}

}  // namespace
}  // namespace steward::journal
