#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "backup/ship/ship_state.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"

namespace steward::agent {

/// Ships journals between backups (docs/decisions/0010), on a thread of its own that there is only when a job
/// asks for it. assign() and the end on the control thread, which never waits for a store; facts() on any.
class Shipping {
 public:
  explicit Shipping(const Clock& clock) : clock_(clock) {}
  /// Ships what is new once more, for kLast at most: after a clean end nothing is missing.
  ~Shipping();
  Shipping(const Shipping&) = delete;
  Shipping& operator=(const Shipping&) = delete;

  /// Another configuration is in force.
  void assign(const config::Settings& settings, const std::string& state);
  /// By job; of those that are shipped.
  std::map<std::string, backup::ShipFacts> facts() const;

 private:
  static constexpr std::int64_t kLast = 3 * kSecond;
  class Loop;
  void run(const std::stop_token& stop);

  const Clock& clock_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any wake_;
  std::optional<config::Settings> assigned_;
  std::stop_source given_up_;  ///< ends what the thread does for an older assignment
  std::map<std::string, backup::ShipFacts> facts_;
  bool ended_ = false;

  std::jthread thread_;
};

}  // namespace steward::agent
