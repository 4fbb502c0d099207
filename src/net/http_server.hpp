#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "net/event_loop.hpp"
#include "net/http_connection.hpp"
#include "net/stream_server.hpp"
#include "os/fd.hpp"

namespace steward::net {

/// An HTTP/1.1 server on one address: at most 128 connections, those beyond get 503. Lives on the loop's
/// thread.
///
///     auto socket = listen_tcp(endpoint, "dashboard");
///     HttpServer server(loop, clock, std::move(*socket), router, {.read_only_public = false});
class HttpServer {
 public:
  struct Options {
    /// Reached from other machines: any Host name, GET and HEAD only. Else only names of this machine.
    bool read_only_public = false;
    std::size_t most_connections = 128;
  };

  /// `listener` is bound already; loop and clock are borrowed and outlive the server.
  HttpServer(EventLoop& loop, const Clock& clock, Fd listener, HttpHandler handler, Options options);

  const Endpoint& endpoint() const { return endpoint_; }
  std::int64_t requests() const { return service_.requests; }
  std::int64_t bad_requests() const { return service_.bad_requests; }
  std::int64_t handler_failures() const { return service_.handler_failures; }
  std::size_t connections() const { return server_->connections(); }
  std::int64_t turned_away() const { return server_->turned_away(); }

 private:
  Endpoint endpoint_;
  HttpService service_;
  std::unique_ptr<StreamServer> server_;  ///< last: its connections use service_
};

}  // namespace steward::net
