#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "net/test_listener.hpp"
#include "objects/s3/fake_bucket.hpp"
#include "objects/s3/s3_store.hpp"
#include "os/fd.hpp"
#include "os/files.hpp"

namespace steward::objects {

/// What becomes of one request at the lying server.
struct Fate {
  bool carried_out = true;                 ///< the bucket does what is asked
  std::optional<FakeReply> instead;        ///< answered in place of the bucket's own words
  std::function<void(FakeReply&)> change;  ///< or these are changed
  std::size_t cut = std::string::npos;     ///< the connection ends after so many bytes of the answer
};
using Fates = std::function<Fate(const FakeRequest&)>;

/// A FakeBucket behind HTTP on a port of loopback, which does to requests what `fates` says. One thread
/// serves one connection after another; an answer ends its connection.
class FakeServer {
 public:
  explicit FakeServer(FakeBucket& bucket) : bucket_(bucket) {
    thread_ = std::thread([this] { run(); });
  }
  ~FakeServer() {
    stopping_ = true;
    ::shutdown(listener_.socket.get(), SHUT_RDWR);
    thread_.join();
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", listener_.port); }
  void set_fates(Fates fates) {
    const std::scoped_lock lock(mutex_);
    fates_ = std::move(fates);
  }

 private:
  static std::string percent_decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
        i += 2;
      } else {
        out.push_back(text[i]);
      }
    }
    return out;
  }

  static FakeRequest head_of(const std::string& head) {
    FakeRequest request;
    const auto line = head.substr(0, head.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    const std::string target =
        line.substr(request.method.size() + 1, line.rfind(' ') - request.method.size() - 1);
    const auto question = std::min(target.find('?'), target.size());
    request.path = percent_decoded(target.substr(0, question));
    for (std::size_t at = question + 1; at < target.size();) {
      const auto end = std::min(target.find('&', at), target.size());
      const auto equals = std::min(target.find('=', at), end);
      const auto value = equals < end ? target.substr(equals + 1, end - equals - 1) : "";
      request.query[percent_decoded(target.substr(at, equals - at))] = percent_decoded(value);
      at = end + 1;
    }
    for (std::size_t at = line.size() + 2; at < head.size();) {
      const auto end = std::min(head.find("\r\n", at), head.size());
      const auto colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return request;
  }

  void run() {
    while (!stopping_) {
      const Fd peer(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (peer) serve(peer.get());
    }
  }

  void serve(int peer) {
    std::string input;
    std::array<char, 65536> block{};
    const auto more = [&] {
      const ssize_t got = ::recv(peer, block.data(), block.size(), 0);
      if (got > 0) input.append(block.data(), static_cast<std::size_t>(got));
      return got > 0;
    };
    while (input.find("\r\n\r\n") == std::string::npos) {
      if (!more()) return;
    }
    const auto end = input.find("\r\n\r\n");
    FakeRequest request = head_of(input.substr(0, end));
    const std::string length = request.header("content-length");
    const std::size_t body = length.empty() ? 0 : std::stoul(length);
    while (input.size() < end + 4 + body) {
      if (!more()) return;
    }
    request.body = input.substr(end + 4, body);
    answer(peer, request);
  }

  void answer(int peer, const FakeRequest& request) {
    Fate fate;
    {
      const std::scoped_lock lock(mutex_);
      if (fates_) fate = fates_(request);
    }
    FakeReply reply = fate.carried_out ? bucket_.handle(request) : FakeReply{};
    if (fate.instead) reply = *fate.instead;
    if (fate.change) fate.change(reply);
    std::string text = fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n",
                                   reply.status, reply.body.size());
    const WallNs now = SystemClock().wall() + bucket_.clock_offset_ns;
    const std::time_t seconds = now / kSecond;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char date[64];
    std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    text += fmt::format("Date: {0}\r\nLast-Modified: {0}\r\n", date);
    for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
    text += "\r\n";
    if (request.method != "HEAD") text += reply.body;
    static_cast<void>(write_all(peer, std::string_view(text).substr(0, fate.cut)));
    ::shutdown(peer, SHUT_WR);
  }

  FakeBucket& bucket_;
  net::TestListener listener_;
  std::mutex mutex_;
  Fates fates_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// A store on a FakeServer, with waits too short to notice.
inline std::unique_ptr<ObjectStore> fake_store(const std::string& url, StoreOptions options = {},
                                               int attempts = 50) {
  options.endpoint = url;
  options.part_size = 5 << 20;
  S3Parts parts;
  parts.http = net::make_http_caller();
  parts.credentials = std::make_unique<CredentialCache>(
      [] { return Result<Credentials>(Credentials{.key = {"AKIDEXAMPLE", Secret("secret"), {}}}); });
  parts.times = {.first_ns = kMillisecond,
                 .first_throttled_ns = kMillisecond,
                 .longest_ns = 4 * kMillisecond,
                 .most_attempts = attempts};
  auto store = make_s3_store("bucket/pre", options, "", std::move(parts));
  return store ? std::move(*store) : nullptr;
}

}  // namespace steward::objects
