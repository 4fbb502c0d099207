#pragma once

#include <string>

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

/// The file that STEWARD_GATE names, read anew each time it is asked. Missing or unreadable is closed, and so
/// is one whose deadline (CLOCK_BOOTTIME) has passed.
class GateFile final : public Gate {
 public:
  explicit GateFile(std::string path) : path_(std::move(path)) {}
  bool open(std::string& reason) override;

 private:
  std::string path_;
};

}  // namespace steward::trading
