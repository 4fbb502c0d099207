#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace steward::trading {

/// Whether new orders may be sent (docs/formats/bot.md, "The gate").
class Gate {
 public:
  virtual ~Gate() = default;
  /// Asked before every order. `reason` says why not.
  virtual bool open(std::string& reason) = 0;
};

/// No gate was given: the bot runs by itself.
class NoGate final : public Gate {
 public:
  bool open(std::string&) override { return true; }
};

/// One line of a gate file at `boottime_ns` of CLOCK_BOOTTIME. What does not read as "open" is closed.
bool gate_is_open(std::string_view line, std::int64_t boottime_ns, std::string& reason);

/// The file that STEWARD_GATE names, read anew each time it is asked.
class GateFile final : public Gate {
 public:
  explicit GateFile(std::string path) : path_(std::move(path)) {}
  bool open(std::string& reason) override;

 private:
  std::string path_;
};

}  // namespace steward::trading
