#include "net/http_server.hpp"

namespace steward::net {

HttpServer::HttpServer(EventLoop& loop, const Clock& clock, Fd listener, HttpHandler handler, Options options)
    : endpoint_(bound_endpoint(listener.get()).value_or(Endpoint{})) {
  service_.clock = &clock;
  service_.handler = std::move(handler);
  service_.read_only = options.read_only_public;
  if (!options.read_only_public) {
    service_.hosts = {"localhost", "127.0.0.1", "[::1]",
                      endpoint_.v6 ? "[" + endpoint_.host + "]" : endpoint_.host};
  }
  server_ = std::make_unique<StreamServer>(
      loop, clock, std::move(listener), options.most_connections, [this, &clock](int, bool crowded) {
        auto connection = std::make_unique<HttpConnection>(service_, clock.mono());
        if (crowded) connection->refuse("all connections are in use; try again in a moment");
        return connection;
      });
}

}  // namespace steward::net
