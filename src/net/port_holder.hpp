#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace steward::net {

/// The process that listens on a TCP port of this machine.
struct PortHolder {
  int pid = 0;
  std::string command;  ///< its command line, at most 200 characters
};

/// Who listens on that port, on any address, as far as /proc tells this user (others' descriptors it hides
/// from all but root).
std::optional<PortHolder> find_port_holder(std::uint16_t port);

}  // namespace steward::net
