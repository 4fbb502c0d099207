#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace steward::config {

/// What a configuration that came into force changed.
struct Installed {
  Settings settings;
  Problems warnings;
  std::vector<std::string> added, removed, changed;  ///< names of bots
  std::size_t unchanged = 0;
};

/// The last configuration that was right, from which the agent runs: STATE/agent/steward.toml. A broken edit
/// of the user's file never leaves the system without an agent.
std::string good_copy(const std::string& state);
/// STATE/agent/control.sock.
std::string control_socket(const std::string& state);

/// What the agent of the plan in force is started with.
struct EntryInForce {
  std::string program, config;
};
Result<EntryInForce> entry_in_force(const std::string& state);

/// Makes the state folder (0711: bots of other users pass through it to their journals) and the agent's
/// (0700).
Status make_state_folder(const std::string& state);

/// Checks the configuration `file`, saves it as the last good copy and replaces STATE/plan; the caller tells
/// the keeper. When anything is wrong with it nothing is changed. `program` is the path of `steward` for the
/// agent's entry; `check` is that of check_text().
Result<Installed> install(const std::string& file, const std::string& state, const std::string& program,
                          Check check = nullptr);

}  // namespace steward::config
