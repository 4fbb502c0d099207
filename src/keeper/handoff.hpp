#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::keeper {

/// What a keeper leaves in the descriptors and in a file for the program it becomes by exec.
struct Handoff {
  struct Run {
    std::string run;
    int notify = -1, output = -1;
  };
  int lock = -1;
  int control = -1;
  std::uint64_t files_soft = 0;     ///< the soft RLIMIT_NOFILE that bots get
  std::map<std::string, Run> runs;  ///< by bot
};

/// The variable of the environment that names the file.
inline constexpr const char* kHandoffVariable = "STEWARD_KEEPER_HANDOFF";

std::string format_handoff(const Handoff& handoff);
Result<Handoff> parse_handoff(std::string_view text);

}  // namespace steward::keeper
