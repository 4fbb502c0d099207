#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "alerts/notification.hpp"

namespace steward::alerts {

/// What became of one attempt to deliver a message.
struct Outcome {
  enum class Kind : std::uint8_t {
    delivered,
    retry,    ///< it may be right later: no answer, a limit, the server's own trouble
    refused,  ///< it will never be: a bad address, a wrong secret, a message that is not taken
  };
  Kind kind = Kind::delivered;
  std::int64_t after_ns = 0;  ///< of retry: not before (Retry-After); 0: as the outbox likes
  std::string reason;         ///< one sentence, without secrets

  static Outcome delivered() { return {}; }
  static Outcome retry(std::string reason, std::int64_t after_ns = 0) {
    return {Kind::retry, after_ns, std::move(reason)};
  }
  static Outcome refused(std::string reason) { return {Kind::refused, 0, std::move(reason)}; }
};

/// Delivers messages to channels, by their name in the configuration. Control thread.
class Sender {
 public:
  virtual ~Sender() = default;
  /// Tries once. `done` is called once, later, on the control thread, within a deadline of the sender's own;
  /// never from inside send(). The message is not kept.
  virtual void send(const Notification& message, std::function<void(Outcome)> done) = 0;
};

}  // namespace steward::alerts
