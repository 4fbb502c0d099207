#include "net/http_caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "net/test_listener.hpp"
#include "os/fd.hpp"
#include "os/files.hpp"

namespace steward::net {
namespace {

/// Reads one request's head and answers with the given bytes, once for each connection; "" is never answered.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    url = fmt::format("http://127.0.0.1:{}/a/../b%2F", listener_.port);
    thread_ = std::thread([this] { run(); });
  }
  ~OneAnswer() { static_cast<void>(stop()); }
  /// No more is answered; what the last connection asked.
  std::string stop() {
    ::shutdown(listener_.socket.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    return request_;
  }
  std::string url;

 private:
  void run() {
    while (true) {
      const Fd peer(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      request_.clear();
      char block[4096];
      for (ssize_t got = 1; got > 0 && request_.find("\r\n\r\n") == std::string::npos;) {
        got = ::recv(peer.get(), block, sizeof block, 0);
        if (got > 0) request_.append(block, static_cast<std::size_t>(got));
      }
      if (answer_.empty()) {
        while (::recv(peer.get(), block, sizeof block, 0) > 0) {
        }
      }
      static_cast<void>(write_all(peer.get(), answer_));
    }
  }

  std::string answer_;
  std::string request_;
  TestListener listener_;
  std::thread thread_;
};

Result<HttpReply> ask(const std::string& answer, HttpCall call = {}, std::string* request = nullptr) {
  OneAnswer server(answer);
  call.url = server.url;
  call.place = "the test";
  auto reply = make_http_caller()->call(call);
  if (request != nullptr) *request = server.stop();
  return reply;
}

TEST(HttpCaller, GivesStatusHeadersAndBody) {
  std::string request;
  const auto reply = ask("HTTP/1.1 404 No\r\nETag:  \"x\" \r\nX-Amz-A: b\r\nContent-Length: 2\r\n\r\nhi",
                         {.headers = {{"Range", "bytes=0-1"}, {"X-Empty", ""}}}, &request);
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(404, reply->status);
  EXPECT_EQ("\"x\"", reply->header("etag"));
  EXPECT_EQ("b", reply->header("x-amz-a"));
  EXPECT_EQ("", reply->header("x-other"));
  EXPECT_EQ("hi", reply->body);
  EXPECT_THAT(request,
              ::testing::StartsWith("GET /a/../b%2F HTTP/1.1\r\n"));  // the path goes as it is signed
  EXPECT_THAT(request, ::testing::HasSubstr("Range: bytes=0-1\r\n"));
  EXPECT_THAT(request, ::testing::HasSubstr("X-Empty:\r\n"));
}

TEST(HttpCaller, AnAnswerThatIsNotWholeIsNone) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\nETag: \"x\"\r\n",
        "HTTP/1.1 200 OK", "HT", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    const auto reply = ask(answer);
    ASSERT_FALSE(reply) << answer;
    EXPECT_EQ(Code::unavailable, reply.error().code()) << reply.error().text();
  }
}

TEST(HttpCaller, ABodyOrAHeadWithoutEndIsRefused) {
  const auto body = ask("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x'), {.most_bytes = 1000});
  EXPECT_EQ(Code::invalid, body.error().code());
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3000; ++i) head += "X-Header: some value that goes on\r\n";
  EXPECT_FALSE(ask(head + "\r\n"));
}

TEST(HttpCaller, ARedirectIsAnAnswerLikeOthers) {
  const auto reply = ask("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(301, reply->status);
}

TEST(HttpCaller, TimeAndStopEndAWait) {
  EXPECT_EQ(Code::timeout, ask("", {.timeout_ns = 50 * kMillisecond}).error().code());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Code::cancelled, ask("", {.stop = stop.get_token()}).error().code());
}

TEST(HttpCaller, NoHeaderEndsTheHead) {
  EXPECT_EQ(Code::invalid, ask("", {.headers = {{"A", "b\r\nC: d"}}}).error().code());
}

TEST(HttpCaller, OnlyHttpIsSpoken) {
  const auto reply = make_http_caller()->call({.url = "file:///etc/passwd", .place = "here"});
  EXPECT_EQ(Code::invalid, reply.error().code());
}

}  // namespace
}  // namespace steward::net
