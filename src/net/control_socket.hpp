#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"

namespace steward::net {

class StreamServer;

inline constexpr std::size_t kMostControlRequest = 64 * 1024;

/// Answers one request: a JSON object without its newline → a JSON object, likewise. Lines that are no JSON
/// reach it too.
using ControlHandler = std::function<std::string(std::string_view)>;

/// The agent's control socket: JSON lines over a unix-domain socket (mode 0600) for root and the agent's own
/// user, one answer a request, in order. At most 16 connections, 60 s idle, requests of 64 KiB. Lives on the
/// loop's thread.
class ControlServer {
 public:
  static constexpr std::size_t kMostConnections = 16;

  static Result<ControlServer> open(EventLoop& loop, const Clock& clock, const std::string& path,
                                    ControlHandler handler);
  ControlServer(ControlServer&&) noexcept;
  ControlServer& operator=(ControlServer&&) noexcept;
  ~ControlServer();

 private:
  explicit ControlServer(std::unique_ptr<StreamServer> server);
  std::unique_ptr<StreamServer> server_;
};

/// {"ok":false,"error":{"code":…,"message":…}}: how the control socket says no.
std::string control_error(const Error& error);

}  // namespace steward::net
