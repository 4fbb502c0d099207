#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/betfair/stream_decoder.hpp"

namespace steward::trading::test {

/// A decoder that owns its line, for tests that write stream messages as text.
class TextStream {
 public:
  /// The message, or nullptr when the text is not one.
  const betfair::StreamMessage* decode(std::string_view line) {
    text_ = line;
    text_.append(betfair::kLinePadding, '\0');
    return decoder_.decode({text_.data(), line.size()}).value_or(nullptr);
  }

 private:
  betfair::StreamDecoder decoder_;
  std::string text_;
};

/// One message of market 1.1: `{"op":"mcm","pt":PT,"mc":[{"id":"1.1",REST}]}`.
inline std::string line(std::int64_t publish_time, std::string_view rest) {
  return fmt::format(R"({{"op":"mcm","pt":{},"mc":[{{"id":"1.1",{}}}]}})", publish_time, rest);
}

/// A definition of a WIN market with runners 1 and 2, `more` among its fields.
inline std::string definition(std::string_view status, std::int64_t version, std::string_view more = "",
                              std::string_view first = "ACTIVE", std::string_view second = "ACTIVE") {
  return fmt::format(
      R"("marketDefinition":{{"status":"{}","version":{},"marketType":"WIN","numberOfWinners":1,"bspMarket":true,)"
      R"("marketTime":"1970-01-01T00:02:00.000Z"{},"runners":[{{"status":"{}","id":1,"adjustmentFactor":40.0,"bsp":3.0}},)"
      R"({{"status":"{}","id":2,"adjustmentFactor":20.0}}]}})",
      status, version, more, first, second);
}

}  // namespace steward::trading::test
