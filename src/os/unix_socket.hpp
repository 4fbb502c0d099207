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

/// A blocking stream connection whose reads and writes give up after `timeout_ms`.
Result<Fd> connect_unix(const std::string& path, int timeout_ms);

/// Sends one datagram to a path, or to an abstract name written "@name", without blocking.
Status send_unix_datagram(const std::string& path, std::string_view bytes);

/// The user at the other end of a stream connection.
Result<uid_t> peer_user(int fd);

}  // namespace steward
