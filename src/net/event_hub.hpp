#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace steward::net {

/// Hands one stream of server-sent events (WHATWG HTML, 9.2) to every browser that listens. A newcomer gets
/// the last event at once, if others listen already. One thread, that of the event loop.
class EventHub {
 public:
  static constexpr std::size_t kMostListeners = 32;
  static constexpr std::size_t kMostEvent = 1 << 20;

  class Listener {
   public:
    virtual ~Listener() = default;
    /// One whole event as it goes over the wire. It may drop itself from the hub while it is told.
    virtual void event(std::string_view frame) = 0;
  };

  /// False when there are kMostListeners already. The listener is borrowed until drop().
  bool add(Listener& listener);
  void drop(Listener& listener);
  std::size_t listeners() const { return listeners_.size(); }

  /// Sends `data` (without line breaks, as JsonWriter makes it) to everybody. False, and nothing is sent,
  /// when it is larger than kMostEvent.
  bool publish(std::string_view data);

 private:
  std::vector<Listener*> listeners_;
  std::string last_;
};

}  // namespace steward::net
