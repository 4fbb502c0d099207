#include "net/probe.hpp"

namespace steward::net {

namespace {

/// A page that is meant to be asked for "ok" is not large.
constexpr std::size_t kMostBody = 1 << 20;

std::string fault_of(const Probe& probe, const HttpAnswer& answer) {
  if (!answer.certificate_fault.empty())
    return "its certificate is not to be trusted: " + answer.certificate_fault;
  if (!probe.url.starts_with("http")) return {};
  const bool right =
      probe.status != 0 ? answer.status == probe.status : answer.status >= 200 && answer.status < 400;
  if (!right)
    return probe.status != 0 ? fmt::format("it answered {}, not {}", answer.status, probe.status)
                             : fmt::format("it answered {}", answer.status);
  if (answer.body.find(probe.expect) == std::string::npos)
    return fmt::format("its answer does not hold \"{}\"", probe.expect);
  return {};
}

}  // namespace

HttpRequest probe_request(const Probe& probe) {
  std::string url = probe.url;
  if (url.starts_with("tcp://")) url = "http://" + url.substr(6);
  if (url.starts_with("tls://")) url = "https://" + url.substr(6);
  return {.url = Secret(std::move(url)),
          .place = probe.url,
          .ca_file = probe.ca_file,
          .timeout_ns = probe.timeout_ns,
          .most_bytes = kMostBody,
          .probe = true,
          .connect_only = !probe.url.starts_with("http")};
}

ProbeResult judge_probe(const Probe& probe, const Result<HttpAnswer>& answer) {
  ProbeResult result;
  if (!answer) {
    result.error = answer.error().message();
    return result;
  }
  result.tls_expires = answer->certificate_expires;
  result.error = fault_of(probe, *answer);
  result.up = result.error.empty();
  if (result.up) result.latency_ns = answer->took_ns;
  return result;
}

}  // namespace steward::net
