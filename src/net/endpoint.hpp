#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sockaddr_storage;

namespace steward::net {

/// An address to listen on.
struct Endpoint {
  std::string host;  ///< an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 0;
  bool v6 = false;

  /// Whether only this machine reaches it: 127.0.0.0/8, ::1.
  bool loopback() const;
  /// "127.0.0.1:8080", "[::1]:8080".
  std::string text() const;
};

/// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8000" or "localhost:8080" (127.0.0.1). Port 0 is any free one.
Result<Endpoint> parse_endpoint(std::string_view text);

/// The socket address of an endpoint that parse_endpoint made; returns its length.
unsigned socket_address(const Endpoint& endpoint, sockaddr_storage& address);

/// The endpoint a socket is bound to.
Result<Endpoint> bound_endpoint(int fd);

}  // namespace steward::net
