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

constexpr std::size_t kLongestUrl = 2048;

/// Empty when there is none.
std::string_view scheme_of(std::string_view url) {
  const auto end = url.find("://");
  return end == std::string_view::npos ? std::string_view{} : url.substr(0, end);
}

std::string_view authority_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view rest = url.substr(scheme_end + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

bool is_authority(std::string_view authority) {
  const bool with_port = authority.starts_with('[') ? authority.find("]:") != std::string_view::npos
                                                    : authority.find(':') != std::string_view::npos;
  const HostPort parts = split(authority);
  const bool host = parts.v6 ? is_address(AF_INET6, parts.host) : is_host_name(parts.host);
  return host && (!with_port || is_port(parts.port));
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
  const std::string_view scheme = scheme_of(url);
  if (scheme.empty() || url.size() > kLongestUrl) return expected;
  if (scheme != "http" && scheme != "https") return expected + "; only http and https are read";
  if (std::ranges::any_of(url, [](char c) { return c <= 0x20 || c >= 0x7f; })) return expected;
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos)
    return "a URL with a user or password is not accepted here";
  return is_authority(authority) ? "" : expected;
}

std::string smtp_fault(std::string_view address) {
  const std::string_view scheme = scheme_of(address);
  std::string_view authority = authority_of(address);
  if ((scheme == "smtp" || scheme == "smtps") && is_authority(authority) &&
      address.size() == scheme.size() + 3 + authority.size())
    return {};
  return fmt::format(
      "smtp must be \"smtp://HOST:PORT\" (STARTTLS, mostly port 587) or \"smtps://HOST:PORT\" (TLS from the "
      "first byte, mostly port 465){}",
      authority.find('@') != std::string_view::npos ? "; user and password have keys of their own" : "");
}

std::string host_of(std::string_view url) {
  const std::string_view authority = authority_of(url);
  return split(authority.substr(authority.rfind('@') + 1)).host;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && is_address(AF_INET, std::string(host)));
}

std::string secret_url_fault(std::string_view url) {
  const std::string_view scheme = scheme_of(url);
  const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
  if ((scheme != "https" && scheme != "http") || !plain || url.size() > kLongestUrl ||
      !is_authority(authority_of(url)))
    return "needs an address that begins with https://";
  if (scheme == "http" && !is_loopback(host_of(url)))
    return "has an address that begins with http://, so its secrets would travel in the clear; write "
           "https://";
  return {};
}

bool looks_secret(std::string_view url) {
  constexpr std::size_t kLongWord = 20;
  const auto query = url.find('?');
  for (const std::string_view sign : {"token=", "key=", "secret=", "auth=", "sig="}) {
    if (query != std::string_view::npos && url.substr(query).contains(sign)) return true;
  }
  std::size_t letters = 0, digits = 0;
  for (const char c : url.substr(0, query)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '-' && c != '_') letters = digits = 0;
    letters += letter ? 1 : 0;
    digits += digit ? 1 : 0;
    if (letters > 0 && digits > 0 && letters + digits >= kLongWord) return true;
  }
  return false;
}

std::string place_of(std::string_view url) {
  const std::string_view authority = authority_of(url);
  return fmt::format("{}://{}", scheme_of(url), authority.substr(authority.rfind('@') + 1));
}

}  // namespace steward::config
