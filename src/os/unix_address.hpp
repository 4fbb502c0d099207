#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// The address of a unix-domain socket. It holds 107 bytes of path; a longer one goes through the descriptor
/// of its folder, which lives as long as this does.
struct UnixAddress {
  ::sockaddr_un address{};
  Fd folder;

  const ::sockaddr* get() const { return reinterpret_cast<const ::sockaddr*>(&address); }
  static constexpr unsigned size() { return sizeof(::sockaddr_un); }
};

/// Fails when the folder of a long path cannot be opened, or the name alone is too long.
Result<UnixAddress> unix_address(const std::string& path);

}  // namespace steward
