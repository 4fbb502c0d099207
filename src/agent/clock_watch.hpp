#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/sntp.hpp"
#include "os/facts/clock_sync.hpp"

namespace steward::agent {

/// How far this machine's clock is off by the configured time server, which is asked every five minutes, less
/// often when it wants that (kiss of death), and no more when it forbids it. No I/O of its own; control
/// thread only.
class ClockWatch {
 public:
  /// As SntpClient::ask().
  using Ask = std::function<void(const std::string& server, std::int64_t timeout_ns, net::SntpClient::Done)>;
  static constexpr std::int64_t kEvery = 300 * kSecond, kAfterFailure = 60 * kSecond;
  static constexpr std::int64_t kSlowest = 3600 * kSecond, kTimeout = 3 * kSecond;

  ClockWatch(Ask ask, const Clock& clock) : ask_(std::move(ask)), clock_(clock) {}

  /// Another server, or none (empty), is asked from now on.
  void assign(const std::string& server);
  /// Asks when it is time. Called about once a second.
  void look();

  /// By the server; nothing without one, or when it has not answered for long. `tolerance`: what still counts
  /// as synchronized.
  std::optional<ClockSync> measured(std::int64_t tolerance) const;
  /// Why the server's newest answer is missing; empty when it is not.
  const std::string& error() const { return error_; }

 private:
  void answered(Result<net::SntpAnswer> answer);

  Ask ask_;
  const Clock& clock_;
  std::string server_, error_;
  std::int64_t every_ = kEvery;
  MonoNs next_ = 0, measured_at_ = 0;
  std::optional<std::int64_t> offset_;
  std::uint64_t asked_ = 0;  // counts assignments: an answer of the server before is not taken
  bool under_way_ = false, forbidden_ = false;
};

}  // namespace steward::agent
