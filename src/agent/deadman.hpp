#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "config/alert_life.hpp"
#include "net/http_client.hpp"

namespace steward::agent {

/// Tells a service outside, again and again, that alarms work: when it hears nothing any more, it raises the
/// alarm in our place. Control thread.
class Deadman {
 public:
  explicit Deadman(net::HttpClient& client) : client_(client) {}

  void assign(const config::AlertLife& settings, const std::string& env_file);
  /// Alarms have just done their work: asks, when it is time.
  void beat(MonoNs now);

  /// Why the service was not reached last; empty when it was, or when there is none.
  const std::string& trouble() const { return trouble_; }

 private:
  void ended(const std::string& trouble);

  net::HttpClient& client_;
  Secret url_;
  std::string place_;
  std::int64_t interval_ = 0;  ///< 0: there is none
  MonoNs next_ = 0;
  bool under_way_ = false;
  std::string trouble_;
};

}  // namespace steward::agent
