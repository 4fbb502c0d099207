#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "net/http_client.hpp"

namespace steward::net {

/// An endpoint to be probed: tcp://host:port is reachable when it takes a connection, tls://host:port when it
/// also shows a certificate that is to be trusted, http(s)://… when it answers as expected.
struct Probe {
  std::string url;
  std::int64_t timeout_ns = 5 * kSecond;
  int status = 0;       ///< the HTTP status expected; 0: any from 200 to 399
  std::string expect;   ///< text that the body holds; empty: any body
  std::string ca_file;  ///< certificates to trust; empty: the system's
};

/// What a probe found. A plain value.
struct ProbeResult {
  bool up = false;
  std::string error;             ///< why it is not
  std::int64_t latency_ns = -1;  ///< when it is up: from name look-up to the end
  WallNs tls_expires = 0;        ///< when the first certificate of the chain does; 0: none was seen
};

/// The request that an HttpClient is to make for it …
HttpRequest probe_request(const Probe& probe);
/// … and what its answer means.
ProbeResult judge_probe(const Probe& probe, const Result<HttpAnswer>& answer);

}  // namespace steward::net
