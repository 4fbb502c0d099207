#pragma once

#include <stop_token>
#include <string>

#include "base/result.hpp"

namespace steward::backup {

/// Copies of the agent's databases, which nobody else can open while it lives: asked for at its control
/// socket, made by its own threads below STATE/backup, and gone again with this.
class AgentSnapshot {
 public:
  /// Waits until the agent has made them. Not made, and no error, when no agent lives: then the databases can
  /// be opened.
  static Result<AgentSnapshot> take(const std::string& state, const std::stop_token& stop = {});
  static Result<AgentSnapshot> none() { return AgentSnapshot(""); }
  AgentSnapshot(AgentSnapshot&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  AgentSnapshot& operator=(AgentSnapshot&&) = delete;
  ~AgentSnapshot();

  /// The copy of "state.db" or "steward.db"; empty when there is none.
  std::string copy_of(const std::string& database) const;

 private:
  explicit AgentSnapshot(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

/// Where the agent puts them, each request's into a folder of its id: STATE/backup/snapshot.
std::string snapshot_folder(const std::string& state);

}  // namespace steward::backup
