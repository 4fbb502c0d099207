#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::net {

/// One HTTP/1.1 request that its thread waits for, such as an object store's. Redirects are not followed,
/// certificates are verified. What may be secret of it (header values, body, query) is in no error.
struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::string place;  ///< what errors call the address, such as "s3.eu-west-1.amazonaws.com"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;  ///< borrowed until the call is over; sent with POST and PUT
  std::string ca_file;    ///< certificates to trust in place of the system's; empty: the system's
  std::int64_t timeout_ns = 30 * kSecond;  ///< for all of it, name look-up to last byte
  std::int64_t quiet_ns = 30 * kSecond;    ///< given up when no byte went either way for so long
  std::size_t most_bytes = 1 << 20;        ///< of the answer's body
  std::stop_token stop;                    ///< gives up within a second or so: Code::cancelled
};

/// What the server said, whatever its status: the whole head, and all the bytes that the head promised.
struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in small letters
  std::string body;

  /// The value of the first header of that name (in small letters); empty when there is none.
  std::string_view header(std::string_view name) const;
};

/// Makes calls and keeps their connections for the next. Any thread may call, several at once. Failures:
/// invalid (the address, a header, or a body too large), denied (a certificate that is not trusted), timeout,
/// unavailable (no connection, or it broke before the answer was whole), cancelled.
class HttpCaller {
 public:
  virtual ~HttpCaller() = default;
  virtual Result<HttpReply> call(const HttpCall& call) = 0;
};

std::unique_ptr<HttpCaller> make_http_caller();

}  // namespace steward::net
