// links: steward_net
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/router.hpp"
#include <cstdio>
using namespace steward;
int main() {
  net::EventLoop loop;
  SystemClock clock;
  auto ep = net::parse_endpoint("127.0.0.1:18080");
  auto fd = net::listen_tcp(*ep, "dashboard");
  if (!fd) { std::puts(fd.error().text().c_str()); return 1; }
  net::Router r;
  r.get("/health", [c = net::Response::json(std::string(124, 'x'))](const net::Request&) { return c; });
  net::HttpServer server(loop, clock, std::move(*fd), r, {});
  loop.run();
}
