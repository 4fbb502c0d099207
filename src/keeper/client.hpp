#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/line_client.hpp"

namespace steward::keeper {

/// Speaks to the keeper of a state folder (docs/formats/plan.md), blocking, each request within its deadline.
/// For the command line and the agent's short requests; one thread at a time.
class Client {
 public:
  using Words = std::vector<std::string>;

  /// Code::unavailable when no keeper holds the state folder.
  static Result<Client> connect(const std::string& state, std::int64_t timeout_ns = 2 * kSecond);

  /// Sends one request; the lines of the answer, each as words, without the final `ok`. The keeper's `error
  /// CODE TEXT` comes back as that error.
  Result<std::vector<Words>> request(const Words& words, std::int64_t timeout_ns = 5 * kSecond);

 private:
  explicit Client(LineClient line) : line_(std::move(line)) {}

  LineClient line_;
};

/// The path of the keeper's socket.
std::string socket_path(const std::string& state);

}  // namespace steward::keeper
