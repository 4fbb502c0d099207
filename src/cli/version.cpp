// steward version
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

int run_version(const Options&) {
  print(fmt::format("steward {}\n", kVersion));
  return kDone;
}

}  // namespace steward::cli
