#include "config/endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "net/endpoint.hpp"
#include "net/listener.hpp"

namespace steward::config {

namespace {

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_address(int family, const std::string& text) {
  unsigned char bytes[16];
  return ::inet_pton(family, text.c_str(), bytes) == 1;
}

bool is_host_name(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !text.empty() && text.size() <= 253 && text[0] != '.' && text[0] != '-' &&
         std::ranges::all_of(text, good);
}

struct HostPort {
  std::string host;
  std::string_view port;
  bool v6 = false;
};

/// Splits "host:port" and "[v6]:port"; the port is empty when there is none.
HostPort split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    const std::string_view after = text.substr(close + 1);
    if (!after.empty() && after[0] != ':') return {};
    return {std::string(text.substr(1, close - 1)), after.empty() ? after : after.substr(1), true};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, colon)), text.substr(colon + 1)};
}

}  // namespace

std::string listen_fault(std::string_view listen, bool read_only_public, std::string_view section) {
  if (listen == "off") return {};
  const auto endpoint = net::parse_endpoint(listen);
  if (!endpoint) return endpoint.error().message() + ", or \"off\"";
  if (endpoint->port == 0) return "listen needs a port from 1 to 65535";
  const auto exposed = net::check_exposure(*endpoint, read_only_public, section);
  return exposed ? "" : exposed.error().message();
}

std::string url_fault(std::string_view url) {
  const std::string expected = fmt::format(
      "a URL such as \"http://127.0.0.1:8001/metrics\" was expected, found \"{}\"", url.substr(0, 200));
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || url.size() > 2048) return expected;
  const std::string_view scheme = url.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return expected + "; only http and https are read";
  if (std::ranges::any_of(url, [](char c) { return c <= 0x20 || c >= 0x7f; })) return expected;
  std::string_view authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return "a URL with a user or password is not accepted here";
  const bool with_port = authority.starts_with('[') ? authority.find("]:") != std::string_view::npos
                                                    : authority.find(':') != std::string_view::npos;
  const HostPort parts = split(authority);
  const bool host = parts.v6 ? is_address(AF_INET6, parts.host) : is_host_name(parts.host);
  if (!host || (with_port && !is_port(parts.port))) return expected;
  return {};
}

}  // namespace steward::config
