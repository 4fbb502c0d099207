#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/fd.hpp"

namespace steward {

/// The sending half of systemd's notify protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET, path or
/// abstract
/// ('@…'). Without the variable every call does nothing. Never blocks: a full socket loses the message, which
/// the next one heals. One thread at a time.
class Notifier {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of this process's environment.
  static Notifier from_environment();
  Notifier() = default;
  explicit Notifier(std::string address, std::int64_t watchdog_ns = 0);

  void ready() { send("READY=1"); }
  void watchdog() { send("WATCHDOG=1"); }
  void stopping() { send("STOPPING=1"); }
  /// One line for people, cut at 1,000 bytes.
  void status(std::string_view text);
  /// Lines of KEY=VALUE.
  void send(std::string_view lines);

  bool active() const { return !address_.empty(); }
  /// How long the watchdog waits, 0 when there is none for this process. Pat at least twice as often.
  std::int64_t watchdog_ns() const { return watchdog_ns_; }

 private:
  std::string address_;
  std::int64_t watchdog_ns_ = 0;
  Fd socket_;
};

}  // namespace steward
