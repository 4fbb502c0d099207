#include "agent/endpoint_watch.hpp"

#include <algorithm>

namespace steward::agent {

namespace {
bool same(const config::HealthEndpoint& a, const config::HealthEndpoint& b) {
  return a.name == b.name && a.url == b.url && a.every == b.every && a.timeout == b.timeout &&
         a.status == b.status && a.expect == b.expect && a.ca_file == b.ca_file;
}
}  // namespace

net::Probe probe_of(const config::HealthEndpoint& endpoint) {
  return {.url = endpoint.url,
          .timeout_ns = endpoint.timeout,
          .status = static_cast<int>(endpoint.status),
          .expect = endpoint.expect,
          .ca_file = endpoint.ca_file};
}

void take_result(metrics::EndpointFacts& facts, net::ProbeResult result) {
  facts.known = true;
  facts.up = result.up;
  facts.error = std::move(result.error);
  if (result.up) facts.latency_ns = result.latency_ns;
  if (result.tls_expires != 0) facts.tls_expires = result.tls_expires;
}

void EndpointWatch::assign(const config::Settings& settings) {
  std::vector<Target> targets;
  std::vector<metrics::EndpointFacts> facts;
  for (const config::HealthEndpoint& endpoint : settings.health.endpoints) {
    const auto known =
        std::ranges::find_if(targets_, [&](const Target& target) { return same(target.endpoint, endpoint); });
    if (known == targets_.end()) {
      targets.push_back({.endpoint = endpoint});
      facts.push_back({.name = endpoint.name});
    } else {
      facts.push_back(facts_[static_cast<std::size_t>(known - targets_.begin())]);
      targets.push_back(*known);
    }
  }
  targets_ = std::move(targets);
  facts_ = std::move(facts);
}

void EndpointWatch::look() {
  const MonoNs now = clock_.mono();
  for (Target& target : targets_) {
    if (target.ticket == 0 && now >= target.next) probe(target, now);
  }
}

void EndpointWatch::probe(Target& target, MonoNs now) {
  target.next = now + target.endpoint.every;
  target.ticket = ++last_ticket_;
  client_.get(
      net::probe_request(probe_of(target.endpoint)),
      [this, ticket = target.ticket](const Result<net::HttpAnswer>& answer) { answered(ticket, answer); });
}

void EndpointWatch::answered(std::uint64_t ticket, const Result<net::HttpAnswer>& answer) {
  const auto target = std::ranges::find(targets_, ticket, &Target::ticket);
  if (target == targets_.end()) return;  // the configuration has changed meanwhile
  target->ticket = 0;
  take_result(facts_[static_cast<std::size_t>(target - targets_.begin())],
              net::judge_probe(probe_of(target->endpoint), answer));
}

}  // namespace steward::agent
