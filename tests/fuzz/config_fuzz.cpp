// links: steward_config
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed =
      steward::config::parse({reinterpret_cast<const char*>(data), size}, "/etc/steward/steward.toml");
  if (steward::config::any_error(parsed.problems)) return 0;
  for (const auto& bot : parsed.settings.bots) {
    if (bot.name().empty() || bot.spec.args.empty() || bot.spec.working_dir.empty() ||
        bot.spec.working_dir[0] != '/')
      std::abort();
  }
  return 0;
}
