#pragma once

#include <string>

namespace steward::agent {

struct Options {
  std::string state;  ///< absolute path of the state folder
  std::string
      config;  ///< the configuration as the user knows it; its last good copy is STATE/agent/steward.toml
  std::string program;  ///< path of this program, for the plans the agent compiles
};

/// The agent's whole life: reads journals, folds them, shows the result and passes orders to the keeper. It
/// may die at any instruction. Returns the exit status.
int run(const Options& options);

}  // namespace steward::agent
