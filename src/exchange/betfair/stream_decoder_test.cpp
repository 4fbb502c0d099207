#include "exchange/betfair/stream_decoder.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace steward::betfair {
namespace {

/// A decoder with the padded copy of the line it decodes.
struct Decoding {
  StreamDecoder decoder;
  std::string text;
  Result<const StreamMessage*> operator()(std::string_view line) {
    text = line;
    text.append(kLinePadding, ']');  // brackets behind the line must not mend it
    return decoder.decode({text.data(), line.size()});
  }
};

TEST(StreamDecoder, ReadsLaddersAsIntegers) {
  Decoding decode;
  const auto message = decode(
      R"({"op":"mcm","id":7,"clk":"AAA","pt":1650392674421,"mc":[{"id":"1.2","tv":12.5,"con":true,"rc":[)"
      R"({"atb":[[8.8,20.62],[1.01,13002]],"batl":[[0,3.95,2]],"trd":[],"ltp":8.8,"tv":309,"spn":"NaN","hc":-1.5,"id":42},)"
      R"({"spb":[[1000,0]],"id":43}]}]})");
  ASSERT_TRUE(message) << message.error().text();
  EXPECT_EQ((*message)->publish_time, 1650392674421);
  EXPECT_EQ((*message)->id, 7);
  EXPECT_EQ((*message)->clk, "AAA");
  const MarketChange& market = (*message)->markets[0];
  EXPECT_EQ(market.market_id, "1.2");
  EXPECT_EQ(market.tv, 1250);
  EXPECT_TRUE(market.con);
  EXPECT_FALSE(market.img);
  ASSERT_EQ(market.runners.size(), 2U);
  const RunnerChange& runner = market.runners[0];
  EXPECT_EQ(runner.selection_id, 42);
  EXPECT_EQ(runner.handicap, -150);
  EXPECT_EQ(runner.ltp, 880);
  EXPECT_EQ(runner.tv, 30900);
  EXPECT_TRUE(runner.has_spn);
  EXPECT_EQ(runner.spn, 0);
  ASSERT_EQ(runner.ladders.size(), 3U);
  EXPECT_EQ(runner.ladders[0].kind, LadderKind::atb);
  EXPECT_EQ(runner.ladders[0].levels[1].price, 101);
  EXPECT_EQ(runner.ladders[0].levels[1].size, 1'300'200);
  EXPECT_EQ(runner.ladders[1].levels[0].level, 0);
  EXPECT_EQ(runner.ladders[1].levels[0].price, 395);
  EXPECT_TRUE(runner.ladders[2].levels.empty());
  EXPECT_EQ(market.runners[1].ladders[0].kind, LadderKind::spb);
  EXPECT_EQ(market.runners[1].ladders[0].levels[0].size, 0);
}

TEST(StreamDecoder, UnescapesTexts) {
  Decoding decode;
  const auto message = decode(R"({"op":"mcm","clk":"A\/B\u003d","pt":5,"mc":[{"id":"\u0031.2"}]})");
  ASSERT_TRUE(message) << message.error().text();
  EXPECT_EQ((*message)->clk, "A/B=");
  EXPECT_EQ((*message)->markets[0].market_id, "1.2");
  EXPECT_FALSE(decode("{\"op\":\"mcm\",\"clk\":\"\xff\",\"pt\":5}")) << "not UTF-8";
}

TEST(StreamDecoder, ReadsTheDefinitionWhole) {
  Decoding decode;
  const auto message = decode(
      R"({"op":"mcm","pt":5,"ct":"SUB_IMAGE","status":503,"mc":[{"id":"1.3","img":true,"marketDefinition":{"bspMarket":true,)"
      R"("status":"SUSPENDED","inPlay":true,"betDelay":5,"version":99,"marketTime":"2022-04-19T18:26:00.000Z",)"
      R"("marketType":"WIN","venue":"York","name":"1m Hcap","marketBaseRate":5.0,"eachWayDivisor":4,"numberOfWinners":2,)"
      R"("priceLadderDefinition":{"type":"CLASSIC"},"keyLineDefinition":{"kl":[{"id":1,"hc":2}]},"runners":[)"
      R"({"status":"REMOVED","sortPriority":3,"adjustmentFactor":12.34,"bsp":"NaN","id":9,"name":"A \"B\""},)"
      R"({"status":"SOMETHING_NEW","bsp":7.4,"id":10,"hc":0.5}]}}]})");
  ASSERT_TRUE(message) << message.error().text();
  EXPECT_TRUE((*message)->unfit);
  EXPECT_EQ((*message)->change_type, StreamMessage::ChangeType::sub_image);
  const MarketDefinition* market = (*message)->markets[0].definition;
  ASSERT_TRUE(market);
  EXPECT_EQ(market->status, MarketStatus::suspended);
  EXPECT_TRUE(market->in_play && market->bsp_market);
  EXPECT_EQ(market->bet_delay, 5);
  EXPECT_EQ(market->version, 99);
  EXPECT_EQ(market->market_time, 1'650'392'760 * kSecond);
  EXPECT_EQ(market->each_way_divisor, 400);
  EXPECT_EQ(market->price_ladder, "CLASSIC");
  EXPECT_EQ(market->name, "1m Hcap");
  ASSERT_EQ(market->runners.size(), 2U);
  EXPECT_EQ(market->runners[0].status, RunnerStatus::removed);
  EXPECT_EQ(market->runners[0].adjustment_factor, 1234);
  EXPECT_EQ(market->runners[0].name, "A \"B\"");
  EXPECT_EQ(market->runners[0].bsp, 0);
  EXPECT_EQ(market->runners[1].status, RunnerStatus::hidden);
  EXPECT_EQ(market->runners[1].bsp, 740);
  EXPECT_EQ(market->runners[1].handicap, 50);
}

TEST(StreamDecoder, RefusesWhatIsNotAWholeMessage) {
  const std::string_view bad[] = {
      "",
      "[]",
      "{",
      "null",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[1.5,2],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[1.5]],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[1.5,-2]],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[1.5,2e40]],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[99999999999999999999999999,2]],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"batb":[[-1,1.5,2]],"id":3}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","rc":[{"atb":[[1.5,2]]}]}]})",
      R"({"op":"mcm","pt":1,"mc":[{"rc":[]}]})",
      R"({"op":"mcm","pt":-1,"mc":[]})",
      R"({"op":"mcm","pt":1.5,"mc":[]})",
      R"({"op":"mcm","pt":1,"mc":[]} {"op":"mcm"})",
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","marketDefinition":{"marketTime":"yesterday"}}]})",
      "{\"op\":\"mcm\",\"clk\":\"\xff\"}",
  };
  Decoding decode;
  for (const std::string_view line : bad) EXPECT_FALSE(decode(line)) << line;
}

TEST(StreamDecoder, PassesOverOtherOperationsAndUnknownFields) {
  Decoding decode;
  const auto message = decode(R"({"op":"connection","connectionId":"002","extra":{"a":[1,{"b":null}]}})");
  ASSERT_TRUE(message);
  EXPECT_EQ((*message)->op, StreamMessage::Op::other);
  const auto change =
      decode(R"({"op":"mcm","pt":1,"x":[[]],"mc":[{"id":"1.1","_stream_id":2026,"rc":[{"id":1,"y":{}}]}]})");
  ASSERT_TRUE(change);
  EXPECT_EQ((*change)->markets[0].runners[0].selection_id, 1);
}

TEST(StreamDecoder, TakesSpacesAndLongNumbersAsJsonHasThem) {
  Decoding decode;
  const auto message = decode(
      R"( { "op" : "mcm" , "pt" : 1 , "mc" : [ { "id" : "1.1" , "rc" : [ { "atb" : [ [ 1.5E0 , 18.620000000000001 ] , [ 2 , 0.005 ] ] , "id" : 3 } ] } ] } )");
  ASSERT_TRUE(message) << message.error().text();
  const auto levels = (*message)->markets[0].runners[0].ladders[0].levels;
  EXPECT_EQ(levels[0].price, 150);
  EXPECT_EQ(levels[0].size, 1862);
  EXPECT_EQ(levels[1].size, 1);
}

RC_GTEST_PROP(StreamDecoder, EveryCutLineIsRefused, ()) {
  const std::string line =
      R"({"op":"mcm","pt":1,"mc":[{"id":"1.1","marketDefinition":{"status":"OPEN","runners":[{"id":3}]},"rc":[{"atb":[[1.5,2]],"id":3}]}]})";
  Decoding decode;
  const auto length = *rc::gen::inRange<std::size_t>(0, line.size());
  RC_ASSERT(!decode(line.substr(0, length)));
}

}  // namespace
}  // namespace steward::betfair
