#include "net/http_response.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

namespace steward::net {

namespace {

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  const std::string_view opaque = etag.substr(2);  // weak comparison: without W/
  return if_none_match.find(opaque) != std::string_view::npos;
}

bool is_read(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_status(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  }
}

}  // namespace

std::string_view HttpDate::at(WallNs now) {
  const std::int64_t second = now / kSecond;
  if (second != second_) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    second_ = second;
    const auto time = static_cast<std::time_t>(second);
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    text_ = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(utc.tm_wday)],
                        utc.tm_mday, kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                        utc.tm_hour, utc.tm_min, utc.tm_sec);
  }
  return text_;
}

void append_response(std::string& out, const Response& response, const Request& request, bool keep_alive,
                     std::string_view date) {
  static const Content kEmpty{std::string(), false};
  const Content& content = response.content ? *response.content : kEmpty;
  const std::string* body = &content.bytes();
  bool not_modified = false;
  bool packed = false;
  if (response.status == 200 && is_read(request)) {
    const std::string_view known = request.header("if-none-match");
    not_modified = !known.empty() && !content.etag().empty() && names_etag(known, content.etag());
  }
  if (!not_modified && body->size() > 1024 && named_quality(request.header("accept-encoding"), "gzip") > 0 &&
      !content.gzip().empty()) {
    body = &content.gzip();
    packed = true;
  }
  append_status(out, not_modified ? 304 : response.status);
  out.append("Date: ").append(date).append("\r\n");
  if (!not_modified && (!body->empty() || response.events != nullptr)) {
    out.append("Content-Type: ")
        .append(response.content_type)
        .append("\r\nX-Content-Type-Options: nosniff\r\n");
  }
  if (response.events == nullptr && !not_modified) {
    out += "Content-Length: ";
    append_number(out, body->size());
    out += "\r\n";
  }
  if (!content.etag().empty() && response.status == 200)
    out.append("ETag: ").append(content.etag()).append("\r\n");
  out += "Vary: Accept, Accept-Encoding\r\n";
  if (packed) out += "Content-Encoding: gzip\r\n";
  out += "Cache-Control: no-cache\r\n";
  for (const auto& [name, value] : response.headers)
    out.append(name).append(": ").append(value).append("\r\n");
  if (!keep_alive) {
    out += "Connection: close\r\n";
  } else if (request.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (!not_modified && request.method != "HEAD") out += *body;
}

}  // namespace steward::net
