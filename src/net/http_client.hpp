#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/mailer.hpp"

namespace steward::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One request of an http:// or https:// address. Redirects are not followed; certificates are verified. What
/// may be secret of it (URL, header values, body) is in no error.
struct HttpRequest {
  std::string method = "GET";
  Secret url;
  std::string place;    ///< what errors call the address, such as "https://hooks.slack.com"
  HttpHeaders headers;  ///< besides Host, User-Agent and what goes with the body
  std::string body;     ///< sent with POST and PUT
  std::string ca_file;  ///< certificates to trust in place of the system's; empty: the system's
  std::int64_t timeout_ns = 10 * kSecond;  ///< for all of it, name look-up to last byte
  std::size_t most_bytes = 64 << 10;       ///< of the answer's body, unpacked
  // Of probes (net/probe.hpp):
  bool probe = false;         ///< a connection of its own; a bad certificate is an answer, not a failure
  bool connect_only = false;  ///< and no request: for https:// the answer is the certificate
};

/// One GET of an address that is no secret.
struct HttpGet {
  std::string url;
  std::int64_t timeout_ns = 2 * kSecond;  ///< for all of it, name look-up to last byte
  std::size_t most_bytes = 4 << 20;       ///< of the body, unpacked
  std::string accept = "*/*";
};

/// The same as a general request.
HttpRequest general(const HttpGet& get);

/// What the server said, whatever its status.
struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
  std::string retry_after;  ///< the header of that name, as it came; net/retry_after.hpp reads it
  // Of probes:
  std::int64_t took_ns = 0;
  WallNs certificate_expires = 0;  ///< the first of the chain; 0: there was none
  std::string certificate_fault;   ///< why it is not to be trusted; empty: it is
};

using HttpDone = std::function<void(Result<HttpAnswer>)>;

/// Asks other servers. Failures: Code::invalid (the address, a header, or a body too large), denied (a
/// certificate that is not trusted), timeout, unavailable (no connection, or it broke). A client that is
/// destroyed forgets what is under way: its `done` is not called, unless the executor has it already.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// `done` is called once, later, on the executor's thread; never from inside send().
  virtual void send(HttpRequest request, HttpDone done) = 0;
  void get(const HttpGet& request, HttpDone done) { send(general(request), std::move(done)); }
};

/// Runs a task soon on the thread that owns the client's user, e.g. EventLoop::post.
using Executor = std::function<void(std::function<void()>)>;

/// Everything that goes out by itself.
class Outbound : public HttpClient, public Mailer {};

/// libcurl on a thread of its own, which starts with the first request. At most 256 requests and mails are
/// under way; one more is refused with Code::unavailable.
std::unique_ptr<Outbound> make_curl_client(Executor executor);

/// The twin for tests: addresses and their answers; it keeps what was sent. One thread.
class MemoryHttpClient final : public Outbound {
 public:
  explicit MemoryHttpClient(Executor executor) : executor_(std::move(executor)) {}
  void put(const std::string& url, HttpAnswer answer) { answers_[url] = std::move(answer); }
  /// From now on that address does not answer in time.
  void hang(const std::string& url) { answers_[url] = HttpAnswer{}; }
  void remove(const std::string& url) { answers_.erase(url); }
  /// What every mail server answers from now on.
  void put_mail(Result<MailAnswer> answer) { mail_answer_ = std::move(answer); }
  void send(HttpRequest request, HttpDone done) override;
  void deliver(Mail mail, MailDone done) override;

  const std::vector<HttpRequest>& sent() const { return sent_; }
  const std::vector<Mail>& delivered() const { return delivered_; }

 private:
  Executor executor_;
  std::map<std::string, HttpAnswer> answers_;
  Result<MailAnswer> mail_answer_ = MailAnswer{250, "2.0.0 Ok", {}};
  std::vector<HttpRequest> sent_;
  std::vector<Mail> delivered_;
};

/// The same on this thread, waiting: for commands.
Result<HttpAnswer> http_send(HttpRequest request);
inline Result<HttpAnswer> http_get(const HttpGet& request) {
  return http_send(general(request));
}

/// Whether `name: value` can stand in a request's head without ending it.
bool is_header(std::string_view name, std::string_view value);

}  // namespace steward::net
