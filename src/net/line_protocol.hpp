#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/protocol.hpp"

namespace steward::net {

/// Request lines and answer lines on one connection of the control socket, without I/O. A line beyond its
/// limit is answered with an error and ends the connection.
class LineProtocol final : public Protocol {
 public:
  /// `handler` (a line without newline → its answer, likewise) is borrowed and outlives the connection.
  LineProtocol(const std::function<std::string(std::string_view)>& handler, MonoNs now);

  void received(std::string_view bytes, MonoNs now) override;
  void peer_ended(MonoNs now) override;
  void expired(MonoNs) override { ending_ = gone_ = true; }
  Wants wants() const override;
  MonoNs deadline() const override { return deadline_; }
  /// Says `line` and ends.
  void refuse(std::string_view line);

 private:
  void progressed(MonoNs now) override;
  void answer_lines();

  const std::function<std::string(std::string_view)>& handler_;
  std::string in_;
  bool ending_ = false, gone_ = false, peer_ended_ = false;
  MonoNs deadline_;
};

}  // namespace steward::net
