#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"

namespace steward::net {

inline constexpr std::size_t kSntpPacket = 48;

/// What one question to a time server found (RFC 5905, client mode).
struct SntpAnswer {
  std::int64_t offset_ns = 0;  ///< server minus this machine: what to add to the clock
  std::int64_t delay_ns = 0;   ///< there and back; the offset is right to half of it
  int stratum = 0;
  std::string kiss;  ///< "RATE", "DENY", …: it wants to be asked less, or not at all; the rest is 0 then
};

/// The packet to send. `nonce` stands for the time of sending, which is nobody's business; the answer has to
/// repeat it.
std::array<std::uint8_t, kSntpPacket> sntp_request(std::uint64_t nonce);

/// Reads an answer to the request with `nonce`, sent and received at these times of this machine's clock.
/// Code::corrupt when it is no such answer, unavailable when the server itself does not know the time.
Result<SntpAnswer> parse_sntp(std::span<const std::uint8_t> packet, std::uint64_t nonce, WallNs sent,
                              WallNs received);

/// Asks time servers, one packet a question. Loop's thread only.
class SntpClient {
 public:
  using Done = std::function<void(Result<SntpAnswer>)>;

  SntpClient(EventLoop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}
  /// `server`: "host", "host:port", "[v6]:port". `done` is called once, later, within `timeout_ns`.
  void ask(const std::string& server, std::int64_t timeout_ns, Done done);

 private:
  EventLoop& loop_;
  const Clock& clock_;
  SystemRandom random_;
};

}  // namespace steward::net
