#pragma once

#include <memory>
#include <string_view>

#include "exchange/betfair/market_change.hpp"

namespace steward::betfair {

/// Bytes that must be readable (whatever they hold) behind a line given to StreamDecoder.
inline constexpr std::size_t kLinePadding = 64;
/// The longest line taken: an image of 200 full markets is about a megabyte.
inline constexpr std::size_t kMostLineBytes = 16 << 20;

/// Turns lines of the Exchange Stream (market side) into StreamMessage. Prices and sizes go from text to
/// integers without a double. Keeps its memory from line to line. One thread; parses untrusted bytes
/// (tests/fuzz).
class StreamDecoder {
 public:
  StreamDecoder();
  ~StreamDecoder();

  /// One line without its end, kLinePadding readable bytes behind it. The message and all that it points to
  /// stay valid until the next call and as long as the line. Code::corrupt when it is not a whole, sound
  /// message.
  Result<const StreamMessage*> decode(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace steward::betfair
