#include "net/http_client.hpp"

#include <algorithm>

namespace steward::net {

HttpRequest general(const HttpGet& get) {
  return {.url = Secret(get.url),
          .place = get.url,
          .headers = {{"Accept", get.accept}},
          .timeout_ns = get.timeout_ns,
          .most_bytes = get.most_bytes};
}

bool is_header(std::string_view name, std::string_view value) {
  // RFC 9110, 5.6.2 (tokens) and 5.5 (field values).
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto token = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  };
  const auto visible = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  };
  return !name.empty() && std::ranges::all_of(name, token) && std::ranges::all_of(value, visible);
}

}  // namespace steward::net
