#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/event.hpp"

namespace steward::journal {

/// Turns lines into events. Keeps one parser and one event and uses them again; one thread at a time.
class Decoder {
 public:
  /// Readable bytes that must follow a line in its buffer (the rest of the buffer, or anything).
  static constexpr std::size_t kPadding = 64;

  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// One line without its newline. The event is valid until the next call. nullptr: the line is bad, and
  /// reason() says why. An event of an unknown type is an event.
  const Event* decode(std::string_view line);
  const std::string& reason() const { return reason_; }

 private:
  struct Parser;
  const Event* bad(std::string reason);
  const Event* judge();

  std::unique_ptr<Parser> parser_;
  Event event_;
  std::string reason_;
  std::bitset<kFields> wrong_;  ///< fields whose values do not read, and why
  std::array<std::string_view, kFields> why_;
};

}  // namespace steward::journal
