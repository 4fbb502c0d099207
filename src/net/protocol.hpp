#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace steward::net {

inline constexpr MonoNs kNever = std::numeric_limits<MonoNs>::max();

/// What a server says on one connection, as a state machine without I/O. StreamServer performs it: it hands
/// over the bytes that arrive, sends what output() holds, and closes when told. One thread.
class Protocol {
 public:
  enum class Wants {
    more,    ///< bytes from the peer
    drain,   ///< only to get rid of its output first
    linger,  ///< to send the rest, end its own direction, and skip what still comes until the peer is done
    close,   ///< to be gone at once
  };

  virtual ~Protocol() = default;
  /// Bytes from the peer; only while it wants more.
  virtual void received(std::string_view bytes, MonoNs now) = 0;
  /// The peer has ended its direction.
  virtual void peer_ended(MonoNs now) = 0;
  /// The deadline has passed.
  virtual void expired(MonoNs now) = 0;
  virtual Wants wants() const = 0;
  /// When expired() is to be called, kNever for none. Looked at twice a second.
  virtual MonoNs deadline() const = 0;

  std::string_view output() const { return std::string_view(out_).substr(sent_); }
  /// The first `bytes` of the output are with the kernel.
  void sent(std::size_t bytes, MonoNs now);
  /// Called when output appears although no bytes came (an event). Set by the driver.
  std::function<void()> wake;

 protected:
  virtual void progressed(MonoNs now) = 0;

  std::string out_;

 private:
  std::size_t sent_ = 0;
};

inline void Protocol::sent(std::size_t bytes, MonoNs now) {
  sent_ += bytes;
  if (sent_ == out_.size()) {
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > 64 * 1024) out_.shrink_to_fit();
  }
  progressed(now);
}

}  // namespace steward::net
