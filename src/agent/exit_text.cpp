#include "agent/exit_text.hpp"

#include <fmt/core.h>
#include <string.h>

namespace steward::agent {

std::string exit_text(const state::LastExit& exit) {
  std::string text = "unknown";
  if (exit.signal > 0) {
    const char* name = ::sigabbrev_np(exit.signal);
    text = name == nullptr ? fmt::format("signal {}", exit.signal) : fmt::format("SIG{}", name);
  } else if (!exit.unknown && exit.exit_code >= 0) {
    text = fmt::format("exit {}", exit.exit_code);
  }
  return exit.reason.empty() || exit.reason == text ? text : fmt::format("{} ({})", text, exit.reason);
}

}  // namespace steward::agent
