#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "net/event_hub.hpp"
#include "net/http_head.hpp"
#include "net/http_message.hpp"
#include "net/http_response.hpp"
#include "net/protocol.hpp"

namespace steward::net {

using HttpHandler = std::function<Response(const Request&)>;

/// What all connections of one HTTP server share. One thread.
struct HttpService {
  const Clock* clock = nullptr;  ///< borrowed
  HttpHandler handler;
  /// Host names that a request may carry, without port, in lower case; empty: any. Loopback servers name
  /// themselves, so that no web page can reach them through a name of its own (DNS rebinding).
  std::vector<std::string> hosts;
  bool read_only = false;  ///< GET and HEAD only

  HttpDate date{};
  std::int64_t requests = 0;
  std::int64_t bad_requests = 0;
  std::int64_t handler_failures = 0;
};

/// HTTP/1.1 on one connection (RFC 9112): keep-alive, pipelining (answers are held back while 256 KiB of
/// output wait), Expect: 100-continue, HEAD, event streams. Deadlines: 10 s for a head, 30 s for a body, 60 s
/// idle, 30 s without progress in sending.
class HttpConnection final : public Protocol, private EventHub::Listener {
 public:
  explicit HttpConnection(HttpService& service, MonoNs now);
  ~HttpConnection() override;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void received(std::string_view bytes, MonoNs now) override;
  void peer_ended(MonoNs now) override;
  void expired(MonoNs now) override;
  Wants wants() const override;
  MonoNs deadline() const override { return deadline_; }
  /// Answers 503 to whatever comes: the server has no connection to spare.
  void refuse(std::string_view why);

 private:
  enum class Phase { head, body, chunks, stream, ending, gone };

  void progressed(MonoNs now) override;
  void event(std::string_view frame) override;
  void handle_buffered(std::string_view fresh);
  std::size_t handle_all(std::string_view input);
  bool step(std::string_view& rest);
  bool take_request(std::string_view& rest);
  bool take_head(std::string_view& rest, std::size_t size);
  bool take_chunks(std::string_view& rest);
  void answer();
  Response respond();
  bool host_allowed() const;
  void start_stream(EventHub& hub);
  void fail(const HttpError& error);
  void set_deadline(MonoNs now);
  bool full() const;

  HttpService& service_;
  Phase phase_ = Phase::head;
  std::string in_;            ///< bytes of a request not yet complete
  std::size_t searched_ = 0;  ///< of in_, known not to hold the end of a head
  std::size_t needed_ = 0;    ///< in Phase::body: bytes of head and body together
  std::string chunked_head_;  ///< in Phase::chunks: what request_ points into
  std::optional<ChunkedBody> chunks_;
  Request request_;
  EventHub* hub_ = nullptr;  ///< in Phase::stream
  bool peer_ended_ = false;
  MonoNs partial_since_ = 0;  ///< when the request not yet complete began, 0: there is none
  MonoNs deadline_ = 0;
};

}  // namespace steward::net
