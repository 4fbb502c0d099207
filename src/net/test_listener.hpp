#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "os/fd.hpp"

namespace steward::net {

/// For tests: a socket that listens on a free port of loopback, and that port. A shutdown of it ends
/// accept().
struct TestListener {
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = 0;

  TestListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    static_cast<void>(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size));
    ::listen(socket.get(), 64);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
};

}  // namespace steward::net
