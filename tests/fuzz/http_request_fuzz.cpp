// links: steward_net
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_connection.hpp"

using namespace steward;

namespace {

/// What a server answers to `input` that arrives in pieces of `step` bytes; 100 Continue, which depends on
/// the pieces, is left out.
std::string converse(std::string_view input, std::size_t step) {
  ManualClock clock;
  net::HttpService service;
  service.clock = &clock;
  service.handler = [](const net::Request& request) {
    std::size_t known =
        request.path.size() + request.query.size() + request.parameter("a").value_or("").size();
    for (const net::Header& header : request.headers) known += header.name.size() + header.value.size();
    return net::Response::text(std::to_string(known) + " " + std::to_string(request.body.size()));
  };
  net::HttpConnection connection(service, clock.mono());
  std::string all;
  for (std::size_t at = 0; at < input.size(); at += step) {
    connection.received(input.substr(at, step), clock.mono());
    while (!connection.output().empty()) {
      const std::string part(connection.output());
      all += part;
      connection.sent(part.size(), clock.mono());
    }
  }
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  for (auto at = all.find(kContinue); at != std::string::npos; at = all.find(kContinue))
    all.erase(at, kContinue.size());
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (converse(input, input.size()) != converse(input, std::size_t{1} + data[0])) std::abort();
  return 0;
}
