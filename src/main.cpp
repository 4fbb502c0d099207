#include "agent/agent.hpp"
#include "cli/run.hpp"

int main(int argc, char** argv) {
  steward::cli::Parts parts;
  parts.agent = [](const steward::cli::AgentOptions& options) {
    return steward::agent::run({options.state, options.config, options.program});
  };
  return steward::cli::run(argc, argv, parts);
}
