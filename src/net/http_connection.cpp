#include "net/http_connection.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"

namespace steward::net {

namespace {

constexpr MonoNs kHeadTime = 10 * kSecond;
constexpr MonoNs kBodyTime = 30 * kSecond;
constexpr MonoNs kIdleTime = 60 * kSecond;
constexpr MonoNs kSendTime = 30 * kSecond;
constexpr MonoNs kLingerTime = 2 * kSecond;
constexpr std::size_t kMostPending = 256 * 1024;
constexpr std::size_t kMostStreamPending = EventHub::kMostEvent + kMostPending;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The host of a Host header without its port, "[::1]:8080" → "[::1]".
std::string_view host_name(std::string_view value) {
  const auto bracket = value.find(']');
  const auto colon = value.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return value.substr(0, colon);
}

}  // namespace

HttpConnection::HttpConnection(HttpService& service, MonoNs now)
    : service_(service), deadline_(now + kHeadTime) {}

HttpConnection::~HttpConnection() {
  if (hub_ != nullptr) hub_->drop(*this);
}

void HttpConnection::received(std::string_view bytes, MonoNs now) {
  if (phase_ == Phase::stream || phase_ == Phase::ending || phase_ == Phase::gone) return;
  handle_buffered(bytes);
  set_deadline(now);
}

void HttpConnection::progressed(MonoNs now) {
  if (output().empty() && !in_.empty()) handle_buffered({});  // held back while the output was full
  if (peer_ended_ && output().empty()) phase_ = Phase::gone;
  set_deadline(now);
}

void HttpConnection::peer_ended(MonoNs now) {
  peer_ended_ = true;
  if (output().empty()) {
    phase_ = Phase::gone;
  } else if (phase_ != Phase::stream && in_.empty()) {
    phase_ = Phase::ending;
  }
  set_deadline(now);
}

void HttpConnection::expired(MonoNs now) {
  const bool waiting = phase_ == Phase::head || phase_ == Phase::body || phase_ == Phase::chunks;
  if (waiting && output().empty() && partial_since_ != 0) {
    fail({408, "the request did not arrive in time"});
    set_deadline(now);
  } else {
    phase_ = Phase::gone;
  }
}

Protocol::Wants HttpConnection::wants() const {
  if (phase_ == Phase::gone) return Wants::close;
  if (phase_ == Phase::ending) return peer_ended_ && output().empty() ? Wants::close : Wants::linger;
  return full() || peer_ended_ ? Wants::drain : Wants::more;
}

bool HttpConnection::full() const {
  return phase_ != Phase::stream && output().size() >= kMostPending;
}

void HttpConnection::refuse(std::string_view why) {
  fail({503, why});
}

void HttpConnection::handle_buffered(std::string_view fresh) {
  if (in_.empty()) {
    in_.assign(fresh.substr(handle_all(fresh)));
  } else {
    in_.append(fresh);
    in_.erase(0, handle_all(in_));
  }
  if (phase_ == Phase::stream || phase_ == Phase::ending) in_.clear();
}

/// Answers every complete request; returns the bytes used up.
std::size_t HttpConnection::handle_all(std::string_view input) {
  std::string_view rest = input;
  while (!rest.empty() && !full() && step(rest)) {
  }
  return input.size() - rest.size();
}

/// One request, or a part of one. False: nothing can be done before more arrives, or ever.
bool HttpConnection::step(std::string_view& rest) {
  if (phase_ == Phase::chunks) return take_chunks(rest);
  return (phase_ == Phase::head || phase_ == Phase::body) && take_request(rest);
}

bool HttpConnection::take_request(std::string_view& rest) {
  if (phase_ == Phase::body)
    return rest.size() >= needed_ && take_head(rest, rest.find(kHeadEnd) + kHeadEnd.size());
  while (rest.starts_with("\r\n"))
    rest.remove_prefix(2);  // RFC 9112, 2.2: empty lines before a request are skipped
  if (rest.empty() || rest == "\r") return false;
  const auto line_end = rest.find('\n');
  const unsigned char first = static_cast<unsigned char>(rest[0]);
  if (first <= 0x20 || first >= 0x7f) {
    fail({400, "this is no HTTP request; this server speaks plain HTTP, not HTTPS"});
    return false;
  }
  if (line_end != std::string_view::npos && (line_end == 0 || rest[line_end - 1] != '\r')) {
    fail({400, "a line must end in CR LF"});
    return false;
  }
  const auto end = rest.find(kHeadEnd, std::min(searched_, rest.size()));
  const std::size_t size = end == std::string_view::npos ? rest.size() : end + kHeadEnd.size();
  if (size > kMostHead) {
    fail({431, "the request head is larger than 16 KiB"});
    return false;
  }
  if (end == std::string_view::npos) {
    searched_ = size < kHeadEnd.size() ? 0 : size - kHeadEnd.size() + 1;
    return false;
  }
  return take_head(rest, size);
}

bool HttpConnection::take_head(std::string_view& rest, std::size_t size) {
  searched_ = 0;
  const auto framing = parse_head(rest.substr(0, size), request_);
  if (!framing) {
    fail(framing.error());
    return false;
  }
  if (framing->chunked) {
    chunked_head_.assign(rest.substr(0, size));
    static_cast<void>(
        parse_head(chunked_head_, request_));  // its views must outlive this buffer; it parsed above
    chunks_.emplace();
    phase_ = Phase::chunks;
    rest.remove_prefix(size);
    if (framing->expect_continue && rest.empty()) out_ += kContinue;
    return true;
  }
  needed_ = size + framing->length;
  if (rest.size() < needed_) {
    if (phase_ == Phase::head && framing->expect_continue && rest.size() == size) out_ += kContinue;
    phase_ = Phase::body;
    return false;
  }
  request_.body = rest.substr(size, framing->length);
  rest.remove_prefix(needed_);
  answer();
  return true;
}

bool HttpConnection::take_chunks(std::string_view& rest) {
  const auto complete = chunks_->take(rest);
  if (!complete) {
    fail(complete.error());
    return false;
  }
  if (!*complete) return false;
  request_.body = chunks_->body();
  answer();
  chunks_.reset();
  return true;
}

void HttpConnection::answer() {
  phase_ = Phase::head;
  partial_since_ = 0;
  ++service_.requests;
  const Response response = respond();
  const bool stream = response.events != nullptr && request_.method == "GET";
  const bool keep = request_.keep_alive && response.events == nullptr;
  append_response(out_, response, request_, keep, service_.date.at(service_.clock->wall()));
  if (stream) {
    start_stream(*response.events);
  } else if (!keep) {
    phase_ = Phase::ending;
  }
}

Response HttpConnection::respond() {
  if (!host_allowed()) {
    return Response::error(
        421, "this address is not served under that Host name; use the address in steward.toml");
  }
  if (service_.read_only && request_.method != "GET" && request_.method != "HEAD") {
    Response response = Response::error(405, "only GET and HEAD are answered here");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  try {
    Response response = service_.handler(request_);
    if (response.events != nullptr && response.events->listeners() >= EventHub::kMostListeners) {
      return Response::error(503, "too many pages listen already; close one");
    }
    return response;
  } catch (const std::exception& failure) {
    ++service_.handler_failures;
    log::error("{} {}: {}", request_.method, request_.path, failure.what());
    return Response::error(500, "the request could not be answered; the log of the agent says why");
  }
}

bool HttpConnection::host_allowed() const {
  if (service_.hosts.empty() || !request_.has_header("host")) return true;
  const std::string_view name = host_name(request_.header("host"));
  return std::ranges::any_of(service_.hosts,
                             [&](const std::string& host) { return equal_ignoring_case(host, name); });
}

void HttpConnection::start_stream(EventHub& hub) {
  phase_ = Phase::stream;
  hub_ = &hub;
  hub.add(*this);  // there is room: respond() looked
}

void HttpConnection::event(std::string_view frame) {
  if (output().size() + frame.size() > kMostStreamPending) {
    hub_->drop(*this);  // a reader too slow for the stream: it reconnects when it can
    hub_ = nullptr;
    phase_ = Phase::gone;
  } else {
    if (output().empty()) deadline_ = service_.clock->mono() + kSendTime;
    out_ += frame;
  }
  if (wake) wake();
}

void HttpConnection::fail(const HttpError& error) {
  ++service_.bad_requests;
  request_ = Request{.method = "GET"};
  append_response(out_, Response::error(error.status, error.message), request_, false,
                  service_.date.at(service_.clock->wall()));
  phase_ = Phase::ending;
}

void HttpConnection::set_deadline(MonoNs now) {
  if (!output().empty()) {
    deadline_ = now + kSendTime;
  } else if (phase_ == Phase::stream) {
    deadline_ = kNever;
  } else if (phase_ == Phase::ending) {
    deadline_ = now + kLingerTime;
  } else if (!in_.empty() || phase_ == Phase::chunks) {
    if (partial_since_ == 0) partial_since_ = now;
    deadline_ = partial_since_ + (phase_ == Phase::head ? kHeadTime : kBodyTime);
  } else {
    deadline_ = now + kIdleTime;
  }
}

}  // namespace steward::net
