#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"

namespace steward::net {

/// A program that is run for its effect, with a text on its standard input.
struct Command {
  std::vector<std::string> args;  ///< args[0] is looked up in the PATH of `env`
  std::vector<std::string> env;   ///< "NAME=VALUE"; nothing else of ours is inherited
  std::string working_dir = "/";
  std::string input;
  std::int64_t timeout_ns = 30 * kSecond;
  std::size_t most_output = 16 << 10;  ///< of standard output and error together; the rest is dropped
};

/// How it ended: a wait status (os/process.hpp has words for it) and what it had written by then.
struct CommandEnd {
  int status = 0;
  std::string output;
};

using CommandDone = std::function<void(Result<CommandEnd>)>;

/// Runs it in a session of its own, nothing blocking but the fork. `done` is called once, on the loop's
/// thread, later. Failures: those of spawn() (not_found, denied, …) and Code::timeout: then it and everything
/// it started has been killed, also what left its session. What it leaves behind after a good end is left
/// alone. When the loop ends first it is killed and `done` is not called. For the loop's thread.
void run_command(EventLoop& loop, Command command, CommandDone done);

}  // namespace steward::net
