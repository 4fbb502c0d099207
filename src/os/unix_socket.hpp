#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// The longest path a unix socket can have.
inline constexpr std::size_t kLongestSocketPath = 107;

/// A listening stream socket at `path`, non-blocking; what lay there before is replaced. The caller holds
/// whatever lock makes that right.
Result<Fd> listen_unix(const std::string& path, mode_t mode);

/// A datagram socket bound to `path`, non-blocking, as NOTIFY_SOCKET is.
Result<Fd> bind_unix_datagram(const std::string& path, mode_t mode);

/// The user at the other end of a stream connection.
Result<uid_t> peer_user(int fd);

}  // namespace steward
