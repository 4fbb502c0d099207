#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::keeper {

/// The content of a gate file (docs/formats/bot.md): whether new orders may be sent. The lease writes a
/// deadline; the keeper keeps one that it finds.
struct Gate {
  bool open = true;
  std::uint64_t epoch = 1;
  std::int64_t deadline = 0;  ///< ns of CLOCK_BOOTTIME; 0: none
  std::string reason;         ///< of a closed one

  bool operator==(const Gate&) const = default;
};

/// One line with its newline; control characters of the reason become spaces.
std::string format_gate(const Gate& gate);

/// Code::corrupt for anything that does not read as a gate, which counts as closed.
Result<Gate> parse_gate(std::string_view text);

/// The gate in a file. A file that is missing, unreadable or corrupt gives a closed gate whose reason says
/// so, with epoch 0; `missing` is set when there is no file at all.
Gate load_gate(const std::string& path, bool& missing);

}  // namespace steward::keeper
