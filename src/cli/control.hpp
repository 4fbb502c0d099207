#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "cli/status_report.hpp"
#include "config/settings.hpp"

namespace steward::cli {

/// The state folder a command is about (absolute): --state, else what the configuration says, right or not,
/// else the default.
Result<std::string> state_of(const Options& options);

/// The configuration a command is about, when there is one that can be read; for hints only, never an error.
std::optional<config::Settings> settings_of(const Options& options);

/// A wish about one bot or all ("*"), in the words of both sockets.
struct Order {
  std::string command;  ///< start, stop, restart, halt, resume, stop-all
  std::string bot;      ///< empty for stop-all
  std::string reason;   ///< of a halt
};

/// Speaks to what runs on one state folder: the agent when it answers within a second, else the keeper.
class Control {
 public:
  explicit Control(std::string state) : state_(std::move(state)) {}

  /// The status of the agent, or of the keeper with a notice that the agent does not answer.
  /// Code::unavailable when neither is there.
  Result<StatusReport> status();
  /// The agent's status as it sent it, for --json.
  Result<std::string> status_json();

  /// Has the order carried out; says on standard error when the keeper had to do it alone.
  Status carry_out(const Order& order);

  /// One request to the agent, whose answer has "ok":true. Code::unavailable or timeout when it does not
  /// answer.
  Result<std::string> ask_agent(std::string_view request, std::int64_t timeout_ns);
  bool agent_answers();
  /// One request to the keeper.
  Result<std::vector<keeper::Client::Words>> ask_keeper(const keeper::Client::Words& words);

  const std::string& state() const { return state_; }

 private:
  std::string state_;
};

/// The error in the agent's answer {"ok":false,"error":{…}}, or nothing when it is {"ok":true,…}.
std::optional<Error> error_of_answer(std::string_view json);

}  // namespace steward::cli
