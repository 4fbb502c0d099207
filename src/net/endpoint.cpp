#include "net/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>

namespace steward::net {

bool Endpoint::loopback() const {
  return v6 ? host == "::1" : host.starts_with("127.");
}

std::string Endpoint::text() const {
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid,
                "\"{}\" is no address to listen on; write an IP address and a port, such as "
                "\"127.0.0.1:8080\" or \"[::1]:8080\"",
                text);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  Endpoint endpoint;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return bad();
  if (host == "localhost") host = "127.0.0.1";
  endpoint.v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  endpoint.host = endpoint.v6 ? host.substr(1, host.size() - 2) : host;
  unsigned char address[sizeof(in6_addr)];
  const int family = endpoint.v6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, endpoint.host.c_str(), address) != 1) return bad();
  char canonical[INET6_ADDRSTRLEN];
  endpoint.host = ::inet_ntop(family, address, canonical, sizeof canonical);
  return endpoint;
}

unsigned socket_address(const Endpoint& endpoint, sockaddr_storage& address) {
  address = {};
  if (endpoint.v6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(address);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    ::inet_pton(AF_INET6, endpoint.host.c_str(), &in.sin6_addr);
    return sizeof in;
  }
  auto& in = reinterpret_cast<sockaddr_in&>(address);
  in.sin_family = AF_INET;
  in.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &in.sin_addr);
  return sizeof in;
}

Result<Endpoint> bound_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail_errno(errno, "getsockname");
  Endpoint endpoint;
  endpoint.v6 = address.ss_family == AF_INET6;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  endpoint.port = ntohs(endpoint.v6 ? v6.sin6_port : v4.sin_port);
  char host[INET6_ADDRSTRLEN] = "";
  const void* bytes = endpoint.v6 ? static_cast<const void*>(&v6.sin6_addr) : &v4.sin_addr;
  endpoint.host = ::inet_ntop(address.ss_family, bytes, host, sizeof host);
  return endpoint;
}

}  // namespace steward::net
