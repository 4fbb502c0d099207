#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace steward::state {

/// Where an event comes from and when it counts.
struct Source {
  std::string_view bot, run, strategy;
  WallNs at = 0;
};

/// A text cut to at most `most` bytes, never within a character.
inline std::string_view clip(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace steward::state
