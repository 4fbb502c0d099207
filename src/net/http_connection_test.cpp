#include "net/http_connection.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdexcept>

namespace steward::net {
namespace {

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A connection to a handler that tells what it was asked.
struct HttpConnectionTest : testing::Test {
  HttpConnectionTest() {
    service.clock = &clock;
    service.handler = [this](const Request& request) {
      asked.push_back(std::string(request.method) + " " + request.path + " " + std::string(request.body));
      if (request.path == "/throw") throw std::runtime_error("a bug");
      if (request.path == "/events") return Response{.content_type = "text/event-stream", .events = &hub};
      if (request.path == "/large") return Response::text(std::string(100'000, 'x'));
      return Response::text("hello");
    };
  }

  /// Everything that waits to be sent, as if the kernel took it.
  std::string take(HttpConnection& peer) {
    std::string all;
    while (!peer.output().empty()) {
      const std::string part(peer.output());
      all += part;
      peer.sent(part.size(), clock.mono());
    }
    return all;
  }

  std::string say(HttpConnection& peer, std::string_view bytes) {
    peer.received(bytes, clock.mono());
    return take(peer);
  }

  ManualClock clock;
  EventHub hub;
  std::vector<std::string> asked;
  HttpService service;
  HttpConnection connection{service, clock.mono()};
};

TEST_F(HttpConnectionTest, AnswersAndStaysOpen) {
  const std::string answer = say(connection, kGet);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello"));
  EXPECT_EQ(connection.wants(), Protocol::Wants::more);
}

TEST_F(HttpConnectionTest, AnswersPipelinedRequestsInOrder) {
  say(connection,
      std::string(kGet) +
          "GET /b HTTP/1.1\r\nHost: x\r\n\r\nPOST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(asked, (std::vector<std::string>{"GET /a ", "GET /b ", "POST /c hi"}));
}

TEST_F(HttpConnectionTest, HoldsRequestsBackWhileItsOutputIsNotTaken) {
  std::string many;
  for (int i = 0; i < 20; ++i) many += "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
  connection.received(many, clock.mono());
  EXPECT_EQ(asked.size(), 3U);  // 3 × 100 kB ≥ 256 KiB
  EXPECT_EQ(connection.wants(), Protocol::Wants::drain);
  take(connection);
  EXPECT_EQ(asked.size(), 20U);
}

TEST_F(HttpConnectionTest, ClosesWhenAskedTo) {
  const std::string answer = say(connection, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(connection.wants(), Protocol::Wants::linger);
  connection.peer_ended(clock.mono());
  EXPECT_EQ(connection.wants(), Protocol::Wants::close);
}

TEST_F(HttpConnectionTest, RefusesABadRequestAndEnds) {
  const std::string answer =
      say(connection, "GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n" + std::string(kGet));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("{\"error\":{\"code\":\"invalid\""), std::string::npos);
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(connection.wants(), Protocol::Wants::linger);
}

TEST_F(HttpConnectionTest, TellsATlsClientThatThisIsPlainHttp) {
  EXPECT_TRUE(say(connection, "\x16\x03\x01\x02").starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpConnectionTest, RefusesAHeadThatGrowsBeyondItsLimit) {
  EXPECT_EQ(say(connection, "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(kMostHead - 100, 'x')), "");
  EXPECT_TRUE(say(connection, std::string(200, 'x')).starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpConnectionTest, AsksForTheBodyOfOneThatWaitsToBeAsked) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(say(connection, head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(say(connection, "ab"), "");
  EXPECT_TRUE(say(connection, "c").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(asked, std::vector<std::string>{"POST /a abc"});
}

TEST_F(HttpConnectionTest, TakesAChunkedBody) {
  say(connection, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_TRUE(asked.empty());
  say(connection, "0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(asked, (std::vector<std::string>{"POST /a abc", "GET /next "}));
}

TEST_F(HttpConnectionTest, HeadHasTheHeadersOfGetAndNoBody) {
  const std::string answer = say(connection, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpConnectionTest, SparesTheBodyWhenTheClientHasIt) {
  const std::string first = say(connection, kGet);
  const auto at = first.find("ETag: ") + 6;
  const std::string etag = first.substr(at, first.find('\r', at) - at);
  const std::string second =
      say(connection, "GET /a HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\", " + etag + "\r\n\r\n");
  EXPECT_TRUE(second.starts_with("HTTP/1.1 304 Not Modified\r\n")) << second;
  EXPECT_TRUE(second.ends_with("\r\n\r\n"));
  EXPECT_EQ(second.find("Content-Length"), std::string::npos);
}

TEST_F(HttpConnectionTest, PacksLargeBodiesForThoseWhoTakeGzip) {
  const std::string plain =
      say(connection, "GET /large HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0\r\n\r\n");
  EXPECT_EQ(plain.find("Content-Encoding"), std::string::npos);
  EXPECT_GT(plain.size(), 100'000U);
  const std::string packed =
      say(connection, "GET /large HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n");
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_LT(packed.size(), 2'000U);
}

TEST_F(HttpConnectionTest, AnswersABugWith500AndLives) {
  EXPECT_TRUE(say(connection, "GET /throw HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(service.handler_failures, 1);
  EXPECT_TRUE(say(connection, kGet).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpConnectionTest, RefusesNamesThatAWebPageCouldBringAlong) {
  service.hosts = {"localhost", "127.0.0.1", "[::1]"};
  EXPECT_TRUE(
      say(connection, "GET /a HTTP/1.1\r\nHost: LOCALHOST:8080\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(say(connection, "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(say(connection, "GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 421 "));
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(HttpConnectionTest, OnlyReadsWhenPublic) {
  service.read_only = true;
  const std::string answer = say(connection, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 "));
  EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpConnectionTest, GivesAHeadTenSecondsFromItsFirstByte) {
  say(connection, kGet);
  const MonoNs idle_until = connection.deadline();
  EXPECT_EQ(idle_until, clock.mono() + 60 * kSecond);
  clock.advance(5 * kSecond);
  say(connection, "GET /sl");
  const MonoNs head_until = clock.mono() + 10 * kSecond;
  clock.advance(9 * kSecond);
  say(connection, "ow");
  EXPECT_EQ(connection.deadline(), head_until);
  connection.expired(head_until);
  EXPECT_TRUE(take(connection).starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpConnectionTest, LeavesAnIdleClientWithoutAWord) {
  say(connection, kGet);
  connection.expired(connection.deadline());
  EXPECT_EQ(connection.wants(), Protocol::Wants::close);
  EXPECT_EQ(connection.output(), "");
}

TEST_F(HttpConnectionTest, GivesSendingThirtySecondsWithoutProgress) {
  connection.received("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", clock.mono());
  EXPECT_EQ(connection.deadline(), clock.mono() + 30 * kSecond);
  clock.advance(20 * kSecond);
  connection.sent(1000, clock.mono());
  EXPECT_EQ(connection.deadline(), clock.mono() + 30 * kSecond);
  connection.expired(connection.deadline());
  EXPECT_EQ(connection.wants(), Protocol::Wants::close);
}

TEST_F(HttpConnectionTest, StreamsEventsAndBeginsWithTheLast) {
  HttpConnection first(service, clock.mono());
  say(first, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  hub.publish("{\"n\":1}");
  const std::string opening = say(connection, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(opening.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(opening.ends_with("\r\n\r\ndata: {\"n\":1}\n\n")) << opening;
  hub.publish("{\"n\":2}");
  EXPECT_EQ(take(connection), "data: {\"n\":2}\n\n");
  EXPECT_EQ(connection.deadline(), kNever);
}

TEST_F(HttpConnectionTest, DropsAListenerThatDoesNotRead) {
  say(connection, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string large(200'000, 'x');
  for (int i = 0; i < 6; ++i) hub.publish(large);
  EXPECT_EQ(hub.listeners(), 1U);  // 1.2 MB wait: a large event and some more
  hub.publish(large);
  EXPECT_EQ(connection.wants(), Protocol::Wants::close);
  EXPECT_EQ(hub.listeners(), 0U);
}

TEST_F(HttpConnectionTest, LeavesTheHubWhenItDies) {
  {
    HttpConnection other(service, clock.mono());
    say(other, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(hub.listeners(), 1U);
  }
  EXPECT_EQ(hub.listeners(), 0U);
}

RC_GTEST_FIXTURE_PROP(HttpConnectionTest, AnswersAreTheSameHoweverTheBytesArrive, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      std::string(kGet), "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", "\r\n",
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
      "GET /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "oops"));
  std::string input;
  for (const auto& piece : pieces) input += piece;
  HttpConnection whole(service, clock.mono());
  const std::string expected = say(whole, input);
  const auto asked_whole = std::exchange(asked, {});
  HttpConnection parts(service, clock.mono());
  std::string got;
  for (std::size_t at = 0; at < input.size();) {
    const std::size_t size = *rc::gen::inRange<std::size_t>(1, 20);
    got += say(parts, std::string_view(input).substr(at, size));
    at += size;
  }
  RC_ASSERT(got == expected);
  RC_ASSERT(asked == asked_whole);
}

}  // namespace
}  // namespace steward::net
