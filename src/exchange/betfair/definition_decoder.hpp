#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange/betfair/definition.hpp"

namespace steward::betfair {

/// Reads what is rare in a stream and rich in fields: market definitions, and strings with escapes. simdjson
/// behind it checks them whole, UTF-8 included. One thread.
class DefinitionDecoder {
 public:
  DefinitionDecoder();
  ~DefinitionDecoder();

  /// Reads the JSON object of a `marketDefinition` into `out`, which it overwrites whole. False when it is
  /// unsound. kLinePadding bytes behind the text are readable.
  bool decode(std::string_view object, MarketDefinition& out);

  /// What a JSON string says, given what stands between its quotes. False when it is none.
  bool unescape(std::string_view inside, std::string& out);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace steward::betfair
