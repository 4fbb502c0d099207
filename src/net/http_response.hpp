#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_message.hpp"

namespace steward::net {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), formatted once a second.
class HttpDate {
 public:
  std::string_view at(WallNs now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

/// Appends the whole answer to `request`: without its body for HEAD, 304 when If-None-Match names its ETag,
/// gzip when the client takes it and it is shorter. An event stream gets its head only.
void append_response(std::string& out, const Response& response, const Request& request, bool keep_alive,
                     std::string_view date);

}  // namespace steward::net
