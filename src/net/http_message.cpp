#include "net/http_message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "net/gzip.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kGzipFrom = 1024;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string_view error_code(int status) {
  switch (status) {
    case 403:
      return "denied";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 408:
      return "timeout";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 421:
      return "wrong_host";
    case 500:
      return "internal";
    case 503:
      return "unavailable";
    default:
      return "invalid";
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Cuts `text` at the first `separator`; `text` becomes what follows.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

/// "0.5" → 500; 0 for what is no weight, so that a bad one is never preferred.
int parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return 0;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return 0;
  for (std::size_t i = 2, unit = 100; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return 0;
    value += (text[i] - '0') * static_cast<int>(unit);
  }
  return std::min(value, 1000);
}

/// How closely a range names the item: 3 itself, 2 "text/*", 1 "*/*" or "*", 0 not at all.
int specificity(std::string_view range, std::string_view item) {
  if (equal_ignoring_case(range, item)) return 3;
  if (range == "*" || range == "*/*") return 1;
  const auto slash = item.find('/');
  const bool family = slash != std::string_view::npos && range.size() == slash + 2 && range.ends_with("/*") &&
                      equal_ignoring_case(range.substr(0, slash), item.substr(0, slash));
  return family ? 2 : 0;
}

int quality(std::string_view header, std::string_view item, int least_specific) {
  int best = least_specific - 1;
  int weight = 0;
  while (!header.empty()) {
    std::string_view entry = take_until(header, ',');
    const std::string_view range = trim(take_until(entry, ';'));
    int entry_weight = 1000;
    while (!entry.empty()) {
      const std::string_view parameter = trim(take_until(entry, ';'));
      if (parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
        entry_weight = parse_weight(parameter.substr(2));
    }
    const int match = specificity(range, item);
    if (match > best) {
      best = match;
      weight = entry_weight;
    } else if (match == best && match >= least_specific) {
      weight = std::max(weight, entry_weight);
    }
  }
  return weight;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& each : headers) {
    if (equal_ignoring_case(each.name, name)) return each.value;
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  return std::ranges::any_of(headers,
                             [&](const Header& each) { return equal_ignoring_case(each.name, name); });
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    std::string_view value = take_until(rest, '&');
    const std::string_view key = take_until(value, '=');
    if (percent_decode(key, true) == name) return percent_decode(value, true);
  }
  return std::nullopt;
}

const std::string& Content::etag() const {
  if (tagged_ && etag_.empty()) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : bytes_) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    etag_ = fmt::format("W/\"{:016x}-{:x}\"", hash, bytes_.size());
  }
  return etag_;
}

const std::string& Content::gzip() const {
  if (!gzip_) {
    gzip_ = bytes_.size() > kGzipFrom ? gzip_compress(bytes_) : std::string();
    if (gzip_->size() >= bytes_.size()) gzip_->clear();
  }
  return *gzip_;
}

Response Response::text(std::string body, std::string content_type) {
  Response response;
  response.content_type = std::move(content_type);
  response.content = std::make_shared<const Content>(std::move(body));
  return response;
}

Response Response::json(std::string body, int status) {
  Response response = text(std::move(body), "application/json");
  response.status = status;
  return response;
}

Response Response::error(int status, std::string_view message) {
  JsonWriter w;
  w.object().object("error").field("code", error_code(status)).field("message", message).end().end();
  return json(w.take() + "\n", status);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  return out;
}

int accept_quality(std::string_view header, std::string_view item) {
  return header.empty() ? 1000 : quality(header, item, 1);
}

int named_quality(std::string_view header, std::string_view item) {
  return quality(header, item, 3);
}

}  // namespace steward::net
