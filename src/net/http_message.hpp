#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steward::net {

class EventHub;

/// Whether two texts are equal but for the case of ASCII letters, as header names and tokens are compared.
bool equal_ignoring_case(std::string_view a, std::string_view b);

struct Header {
  std::string_view name, value;
};

/// One request. Its views point into the connection's buffer: they live as long as the handler's call.
struct Request {
  std::string_view method;
  std::string path;        ///< percent-decoded, begins with '/'; "*" for OPTIONS *
  std::string_view query;  ///< after '?', as it came
  std::string_view body;
  int minor_version = 1;  ///< of HTTP/1.x
  bool keep_alive = true;
  std::vector<Header> headers;

  /// The value of the first header of that name, or "".
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  /// A query parameter, percent-decoded ('+' is a space); nothing when it is absent.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// Bytes to answer with and what is derived from them, made at most once: the ETag and the gzip form.
/// Immutable to its users and cheap to share between answers; one thread only.
class Content {
 public:
  /// `tagged`: whether answers carry an ETag. Leave it out for large texts that change with every request.
  explicit Content(std::string bytes, bool tagged = true) : bytes_(std::move(bytes)), tagged_(tagged) {}

  const std::string& bytes() const { return bytes_; }
  /// `W/"…"`: weak, as the gzip form has the same one. "" when not tagged.
  const std::string& etag() const;
  /// The gzip form, or "" when it would not be shorter.
  const std::string& gzip() const;

 private:
  std::string bytes_;
  bool tagged_;
  mutable std::string etag_;
  mutable std::optional<std::string> gzip_;
};

/// What a handler answers.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const Content> content;  ///< none: an empty body
  std::vector<std::pair<std::string, std::string>> headers;
  /// When set, the answer is a stream of server-sent events from this hub (borrowed; outlives the server).
  EventHub* events = nullptr;

  static Response text(std::string body, std::string content_type = "text/plain; charset=utf-8");
  static Response json(std::string body, int status = 200);
  /// {"error":{"code":…,"message":…}}, the code derived from the status.
  static Response error(int status, std::string_view message);
};

/// "Not Found" for 404; "Status" for one that is not known here.
std::string_view reason_phrase(int status);

/// Percent-decoding; nothing when a '%' is not followed by two hex digits or the result holds a NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// How much an Accept-like header wants `item` ("text/plain", "gzip"), 0 to 1000 (RFC 9110, 12.4.2). The most
/// specific matching range decides; a missing header wants everything.
int accept_quality(std::string_view header, std::string_view item);

/// The same, but ranges with a '*' do not count: whether the item itself was asked for.
int named_quality(std::string_view header, std::string_view item);

}  // namespace steward::net
