#include "net/event_hub.hpp"

#include <algorithm>

namespace steward::net {

bool EventHub::add(Listener& listener) {
  if (listeners_.size() >= kMostListeners) return false;
  listeners_.push_back(&listener);
  if (!last_.empty()) listener.event(last_);
  return true;
}

void EventHub::drop(Listener& listener) {
  std::erase(listeners_, &listener);
  if (listeners_.empty()) last_.clear();  // it would be old when the next one comes
}

bool EventHub::publish(std::string_view data) {
  if (data.size() > kMostEvent) return false;
  last_.assign("data: ").append(data).append("\n\n");
  const auto told = listeners_;  // one that cannot keep up drops itself meanwhile
  for (Listener* listener : told) listener->event(last_);
  return true;
}

}  // namespace steward::net
