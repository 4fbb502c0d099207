#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// A program to be fed and read while it runs.
struct PipedCommand {
  std::vector<std::string> args;  ///< args[0] is looked up in the PATH of `env`
  std::vector<std::string> env;
  bool input = false;  ///< it gets a standard input from write(); else /dev/null
  /// Its stdio takes 128 KiB at a time, where coreutils' stdbuf is, and not 4: each block wakes both sides.
  bool large_blocks = false;
  /// Takes its standard output, in pieces; what it refuses ends the program. None: output is dropped.
  std::function<Status(std::string_view)> output;
  /// Longest time without a byte from it or to it; then it is taken for hung and killed.
  std::int64_t silence = 30 * 60 * kSecond;
  std::stop_token stop;
};

/// A child program with its standard input, output and error in our hands: a stage of a pipeline whose ends
/// are functions. It dies with the thread that started it, and with this object: SIGTERM first, SIGKILL two
/// seconds later. Of its standard error the first 4 KiB are kept. Every call is of the thread that started
/// it; each pumps all three streams, so the child never waits for us while we wait for it. Failures:
/// Code::cancelled (`stop`), Code::timeout (silence), the error of `output`.
class PipedProcess {
 public:
  static Result<std::unique_ptr<PipedProcess>> start(PipedCommand command);
  ~PipedProcess();
  PipedProcess(const PipedProcess&) = delete;
  PipedProcess& operator=(const PipedProcess&) = delete;

  /// All of `bytes` into its standard input. Code::unavailable when it reads no more.
  Status write(std::string_view bytes);
  void close_input() { in_.reset(); }
  /// Reads until `done` is true or the output ends, then returns whether it did not end.
  Result<bool> read_until(const std::function<bool()>& done);
  /// Reads on for up to `time`; whether its output ended.
  bool ends_within(std::int64_t time);
  /// Reads its output to the end and waits for its own: its wait status (os/process.hpp has words for it).
  Result<int> finish();
  /// What it said on its standard error so far.
  const std::string& said() const { return said_; }

 private:
  explicit PipedProcess(PipedCommand command) : command_(std::move(command)) {}
  Status open();
  /// One wait for whatever stream is ready; `rest` is taken from as its input accepts it.
  Status turn(std::string_view* rest);
  Status take_output();
  void take_error();
  bool ended() const { return !out_ && !error_; }

  PipedCommand command_;
  pid_t pid_ = 0;
  Fd pidfd_, in_, out_, error_;
  std::string said_;
  std::string block_;
  MonoNs heard_ = 0;
};

}  // namespace steward
