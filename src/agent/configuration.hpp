#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "config/install.hpp"
#include "config/settings.hpp"

namespace steward::agent {

/// The configuration in force. The agent lives on the last good copy, STATE/agent/steward.toml, so an edit
/// that is wrong or not yet meant never reaches it by a restart; only reload() takes the user's file. Control
/// thread only.
class Configuration {
 public:
  /// `original`: the user's file, read when there is no copy yet. What has gone from this machine since the
  /// copy was made (a user, a folder) is the bots' trouble, not the agent's: it does not fail for that.
  static Result<Configuration> load(const std::string& state, const std::string& original);

  const config::Settings& settings() const { return settings_; }

  /// Takes the user's file: plan and copy are replaced and settings() are the new ones. A file that is not
  /// right changes nothing. The keeper has still to be told.
  Result<config::Installed> reload(const std::string& program);

  /// Compares the user's file with the copy when its size or time changed since the last look.
  void look();
  bool changed_not_loaded() const { return changed_; }
  /// Why the last reload failed, or why the file cannot be read; empty when all is well.
  const std::string& last_error() const { return error_; }

 private:
  Configuration(std::string state, std::string original)
      : state_(std::move(state)), original_(std::move(original)) {}

  std::string state_, original_;
  config::Settings settings_;
  std::pair<std::int64_t, std::int64_t> stamp_{-1, -1};  // size and time of the user's file at the last look
  bool changed_ = false;
  std::string error_;
};

/// Whether going from one to the other changes what the agent itself set up at its start: listeners, zone,
/// journals.
bool needs_new_agent(const config::Settings& before, const config::Settings& after);

}  // namespace steward::agent
