#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "os/fd.hpp"

namespace steward::net {

/// A TCP socket that listens. `section` is the table of steward.toml whose `listen` this is ("dashboard"):
/// when the port is taken, the error names who holds it and the two lines that mend it.
Result<Fd> listen_tcp(const Endpoint& endpoint, std::string_view section);

/// Refuses an address that others reach, unless the operator said that they may read.
Status check_exposure(const Endpoint& endpoint, bool read_only_public, std::string_view section);

/// A unix-domain socket at `path`, mode 0600, in place of what a dead process left there. A live server's
/// socket is not touched: Code::conflict.
Result<Fd> listen_unix(const std::string& path);

}  // namespace steward::net
