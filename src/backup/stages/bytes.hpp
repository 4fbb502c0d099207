#pragma once

#include <string_view>

#include "base/result.hpp"

namespace steward::backup {

/// Takes a stream of bytes in pieces of any size: a stage of a backup. Stages are chained by reference, the
/// next outlives the one before. After a failure nothing more is written. One thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// The stream is whole; called once, and passed on to the next stage.
  virtual Status finish() = 0;
};

/// Gives a stream of bytes in pieces: a stage of a restore, chained as ByteSink is.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next piece, valid until the next call; empty only at the end of a whole stream. A stream that was
  /// cut or altered ends with Code::corrupt, never with an empty piece.
  virtual Result<std::string_view> next() = 0;
};

}  // namespace steward::backup
