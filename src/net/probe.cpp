#include "net/probe.hpp"

namespace steward::net {

namespace {

/// A page that is meant to be asked for "ok" is not large.
constexpr std::size_t kMostBody = 1 << 20;

std::string fault_of(const Probe& probe, const HttpAnswer& answer) {
  if (!answer.certificate_fault.empty())
    return "its certificate is not to be trusted: " + answer.certificate_fault;
  if (!probe.url.starts_with("http")) return {};
  const bool right = probe.status != 0 ? answer.status == probe.status
                                       : answer.status >= 200 && answer.status < 400;
  if (!right)
    return probe.status != 0 ? fmt::format("it answered {}, not {}", answer.status, probe.status)
                             : fmt::format("it answered {}", answer.status);
  if (answer.body.find(probe.expect) == std::string::npos)
    return fmt::format("its answer does not hold \"{}\"", probe.expect);
  return {};
}

}  // namespace

HttpGet probe_request(const Probe& probe) {
  HttpGet request{.url = probe.url, .timeout_ns = probe.timeout_ns, .most_bytes = kMostBody};
  request.probe = true;
  request.ca_file = probe.ca_file;
  request.connect_only = !probe.url.starts_with("http");
  if (probe.url.starts_with("tcp://")) request.url = "http://" + probe.url.substr(6);
  if (probe.url.starts_with("tls://")) request.url = "https://" + probe.url.substr(6);
  return request;
}

ProbeResult judge_probe(const Probe& probe, const Result<HttpAnswer>& answer) {
  ProbeResult result;
  if (!answer) {
    const std::string asked = probe_request(probe).url + ": ";
    result.error = answer.error().message();
    if (result.error.starts_with(asked)) result.error = probe.url + ": " + result.error.substr(asked.size());
    return result;
  }
  result.tls_expires = answer->certificate_expires;
  result.error = fault_of(probe, *answer);
  result.up = result.error.empty();
  if (result.up) result.latency_ns = answer->took_ns;
  return result;
}

}  // namespace steward::net
