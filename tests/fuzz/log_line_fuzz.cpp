// links: steward_logs
#include <cstdint>
#include <cstdlib>

#include "base/utf8.hpp"
#include "logs/level.hpp"
#include "logs/tally.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const logs::Line line = logs::read_line(text);
  std::string message = logs::readable(line, 300);
  if (message.size() > 300) std::abort();
  for (std::string_view rest = message; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0 || rest[0] == '\n') std::abort();
    rest.remove_prefix(length);
  }
  logs::Tally tally;
  tally.add(text);
  const auto back = logs::parse_tallies(logs::format_tallies({{"bot", tally}}));
  if (!back || back->at("bot") != tally) std::abort();
  (void)logs::parse_tallies(text);
  return 0;
}
