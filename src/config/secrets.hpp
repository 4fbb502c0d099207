#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace steward::config {

/// Where a secret is kept: in a file, or in an environment variable. Both empty: there is none.
struct SecretPlace {
  std::string file, variable;
  int line = 0;

  bool none() const { return file.empty() && variable.empty(); }
};

/// The secret as it is now: the file's one line, or the variable's value, looked for in `env_file` (lines
/// NAME=VALUE; may be empty), our environment, and that of the process which started us: the keeper hands
/// its own to no bot, nor to the agent. Errors name file or variable, never what they hold.
Result<Secret> read_secret(const SecretPlace& place, const std::string& env_file);

/// Sets the variables that begin with `prefix` and that the process which started us has and we have not:
/// what libraries and programs of others look for in their environment. Before there are threads.
void adopt_variables_of_parent(std::string_view prefix);

/// What is wrong with the file of a secret on this machine, or empty. `serious`: it cannot be read at all.
std::string secret_file_fault(const std::string& file, bool& serious);

}  // namespace steward::config
