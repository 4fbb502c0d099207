#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "convert/to_toml.hpp"

namespace steward::convert {

/// A machine with no user, folder or file.
inline Machine no_machine() {
  return {.home = [](const std::string&) { return std::nullopt; },
          .is_folder = [](const std::string&) { return false; },
          .text = [](const std::string&) { return std::nullopt; }};
}

/// Whatever became of a foreign file, what is written of it is a right configuration of as many bots.
inline void expect_right(Converted converted) {
  Converted all;
  merge(all, std::move(converted));
  mend_order(all);
  const std::string toml = to_toml(all);
  if (toml.size() > config::kLargestFile) return;
  const auto parsed = config::parse(toml, "/etc/steward/steward.toml");
  if (!config::any_error(parsed.problems) && parsed.settings.bots.size() == all.bots.size()) return;
  std::fprintf(stderr, "%s\n%s\n", config::error_sentences(parsed.problems).c_str(), toml.c_str());
  std::abort();
}

}  // namespace steward::convert
