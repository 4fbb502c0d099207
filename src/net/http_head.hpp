#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace steward::net {

inline constexpr std::size_t kMostHead = 16 * 1024;
inline constexpr std::size_t kMostBody = 64 * 1024;
inline constexpr std::size_t kMostTarget = 4 * 1024;
inline constexpr std::size_t kMostHeaders = 100;

/// Why a request is refused: the status of the answer, and its sentence.
struct HttpError {
  int status = 400;
  std::string_view message;
};

/// How the body of a request is delimited.
struct BodyFraming {
  bool chunked = false;
  std::size_t length = 0;        ///< when not chunked
  bool expect_continue = false;  ///< the client waits for "100 Continue" before it sends the body
};

/// Reads one request head (request line and header fields, through the empty line) into `request`, whose
/// views then point into `head`. Strict (RFC 9112): CRLF only, no folding, no space before ':', one Host
/// in 1.1, no Content-Length beside Transfer-Encoding, no Transfer-Encoding but "chunked" and none in 1.0.
std::expected<BodyFraming, HttpError> parse_head(std::string_view head, Request& request);

/// Reads a chunked body (RFC 9112, 7.1) that arrives in pieces. Extensions are skipped, trailers refused.
class ChunkedBody {
 public:
  /// Takes bytes from the front of `input` (removing them) until the body ends or the input does. True:
  /// complete.
  std::expected<bool, HttpError> take(std::string_view& input);
  const std::string& body() const { return body_; }

 private:
  std::expected<void, HttpError> line(std::string_view text);

  enum class Part { size, data, data_end, last } part_ = Part::size;
  std::size_t left_ = 0;
  std::string line_;
  std::string body_;
};

}  // namespace steward::net
