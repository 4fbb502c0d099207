#pragma once

#include <string>

namespace steward::cli {

/// What `steward agent` is told: by the plan that `up` compiled, not by people.
struct AgentOptions {
  std::string state;  ///< absolute path of the state folder
  std::string
      config;  ///< the configuration as the user knows it; its last good copy is STATE/agent/steward.toml
  std::string program;  ///< path of this program, for the plans the agent compiles
};

/// The parts above this folder's own that main.cpp puts in.
struct Parts {
  int (*agent)(const AgentOptions&) = nullptr;
};

/// The whole of `steward`: reads the command line, does the command, returns the exit status.
int run(int argc, char** argv, const Parts& parts);

}  // namespace steward::cli
