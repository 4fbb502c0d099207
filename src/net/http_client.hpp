#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::net {

/// One GET of an http:// or https:// address. Redirects are not followed.
struct HttpGet {
  std::string url;
  std::int64_t timeout_ns = 2 * kSecond;  ///< for all of it, name look-up to last byte
  std::size_t most_bytes = 4 << 20;       ///< of the body, unpacked
  std::string accept = "*/*";
  // Of probes (net/probe.hpp):
  bool probe = false;         ///< a connection of its own; a bad certificate is an answer, not a failure
  bool connect_only = false;  ///< and no request: for https:// the answer is the certificate
  std::string ca_file;        ///< certificates to trust; empty: the system's
};

/// What the server said, whatever its status.
struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
  // Of probes:
  std::int64_t took_ns = 0;
  WallNs certificate_expires = 0;  ///< the first of the chain; 0: there was none
  std::string certificate_fault;   ///< why it is not to be trusted; empty: it is
};

using HttpDone = std::function<void(Result<HttpAnswer>)>;

/// Asks other servers. Failures: Code::invalid (the address, or a body too large), timeout, unavailable (no
/// connection, or it broke). A client that is destroyed forgets what is under way: its `done` is not called,
/// unless the executor has it already.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// `done` is called once, later, on the executor's thread; never from inside get().
  virtual void get(HttpGet request, HttpDone done) = 0;
};

/// Runs a task soon on the thread that owns the client's user, e.g. EventLoop::post.
using Executor = std::function<void(std::function<void()>)>;

/// libcurl on a thread of its own, which starts with the first request. At most 256 requests are under way;
/// one more is refused with Code::unavailable.
std::unique_ptr<HttpClient> make_curl_client(Executor executor);

/// The twin for tests: addresses and their answers. One thread.
class MemoryHttpClient final : public HttpClient {
 public:
  explicit MemoryHttpClient(Executor executor) : executor_(std::move(executor)) {}
  void put(const std::string& url, HttpAnswer answer) { answers_[url] = std::move(answer); }
  /// From now on that address does not answer in time.
  void hang(const std::string& url) { answers_[url] = HttpAnswer{}; }
  void remove(const std::string& url) { answers_.erase(url); }
  void get(HttpGet request, HttpDone done) override;

 private:
  Executor executor_;
  std::map<std::string, HttpAnswer> answers_;
};

/// The same on this thread, waiting: for commands.
Result<HttpAnswer> http_get(const HttpGet& request);

}  // namespace steward::net
