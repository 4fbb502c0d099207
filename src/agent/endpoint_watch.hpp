#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "metrics/sources.hpp"
#include "net/http_client.hpp"
#include "net/probe.hpp"

namespace steward::agent {

/// The probe that a configured endpoint asks for.
net::Probe probe_of(const config::HealthEndpoint& endpoint);
/// Takes what a probe found; what it did not see stays as it was.
void take_result(metrics::EndpointFacts& facts, net::ProbeResult result);

/// Probes the `[[health.endpoint]]`s when each is due; never more than one probe of one is under way. Control
/// thread only.
class EndpointWatch {
 public:
  EndpointWatch(net::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  /// Endpoints that stayed the same keep what is known of them; the others are probed at once.
  void assign(const config::Settings& settings);
  /// Sends what is due. Called about once a second.
  void look();
  /// In the order of the file.
  const std::vector<metrics::EndpointFacts>& facts() const { return facts_; }

 private:
  struct Target {
    config::HealthEndpoint endpoint;
    MonoNs next = 0;
    std::uint64_t ticket = 0;  // of the probe under way, 0: none
  };
  void probe(Target& target, MonoNs now);
  void answered(std::uint64_t ticket, const Result<net::HttpAnswer>& answer);

  net::HttpClient& client_;
  const Clock& clock_;
  std::vector<Target> targets_;
  std::vector<metrics::EndpointFacts> facts_;  // of each target
  std::uint64_t last_ticket_ = 0;
};

}  // namespace steward::agent
