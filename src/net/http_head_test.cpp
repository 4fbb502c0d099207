#include "net/http_head.hpp"

#include <gtest/gtest.h>

namespace steward::net {
namespace {

int status_of(std::string_view head) {
  Request request;
  const auto framing = parse_head(head, request);
  return framing ? 200 : framing.error().status;
}

TEST(HttpHead, ReadsAPlainRequest) {
  Request request;
  const auto framing =
      parse_head("GET /a%20b?x=1&y=%41+z HTTP/1.1\r\nHost: localhost:8080\r\nX-Empty:\r\n\r\n", request);
  ASSERT_TRUE(framing);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.parameter("x"), "1");
  EXPECT_EQ(request.parameter("y"), "A z");
  EXPECT_FALSE(request.parameter("z"));
  EXPECT_EQ(request.header("HOST"), "localhost:8080");
  EXPECT_TRUE(request.has_header("x-empty"));
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(framing->length, 0U);
}

TEST(HttpHead, TakesTheAbsoluteForm) {
  Request request;
  ASSERT_TRUE(parse_head("GET http://host:1/p?q HTTP/1.1\r\nHost: host\r\n\r\n", request));
  EXPECT_EQ(request.path, "/p");
  EXPECT_EQ(request.query, "q");
  ASSERT_TRUE(parse_head("GET http://host HTTP/1.1\r\nHost: host\r\n\r\n", request));
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(status_of("GET ftp://host/ HTTP/1.1\r\nHost: host\r\n\r\n"), 400);
}

TEST(HttpHead, RefusesWhatCouldSmuggleASecondRequest) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(status_of(post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length: +4\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length: 4 4\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length:\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length : 4\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "A: b\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "A: b\nB: c\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + std::string("A: b\0c\r\n\r\n", 10)), 400);
  EXPECT_EQ(status_of(post + "A: b\rc\r\n\r\n"), 400);
}

TEST(HttpHead, RefusesWhatIsNotHttp11) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);                        // no Host
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);  // two
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), 417);
}

TEST(HttpHead, HoldsToItsLimits) {
  EXPECT_EQ(status_of("GET /" + std::string(kMostTarget - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET /" + std::string(kMostTarget, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n"), 200);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), 413);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < kMostHeaders; ++i) many += "A: b\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 200);
  EXPECT_EQ(status_of(many + "A: b\r\n\r\n"), 431);
}

TEST(HttpHead, KeepsAliveAsTheVersionAndTheClientSay) {
  Request request;
  ASSERT_TRUE(parse_head("GET / HTTP/1.0\r\n\r\n", request));
  EXPECT_FALSE(request.keep_alive);
  ASSERT_TRUE(parse_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", request));
  EXPECT_TRUE(request.keep_alive);
  ASSERT_TRUE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, close\r\n\r\n", request));
  EXPECT_FALSE(request.keep_alive);
}

int chunked_status(std::string_view input, std::string_view expected = {}) {
  ChunkedBody chunks;
  const auto complete = chunks.take(input);
  if (!complete) return complete.error().status;
  EXPECT_EQ(chunks.body(), expected);
  return *complete ? 200 : 100;
}

TEST(ChunkedBody, JoinsChunksAndSkipsExtensions) {
  EXPECT_EQ(chunked_status("4\r\nWiki\r\n5;a=b\r\npedia\r\n0\r\n\r\n", "Wikipedia"), 200);
  EXPECT_EQ(chunked_status("4\r\nWi", "Wi"), 100);
}

TEST(ChunkedBody, RefusesTrailersBadSizesAndTooMuch) {
  EXPECT_EQ(chunked_status("0\r\nX: y\r\n\r\n"), 400);
  EXPECT_EQ(chunked_status("-1\r\n"), 400);
  EXPECT_EQ(chunked_status("0x4\r\nWiki\r\n"), 400);
  EXPECT_EQ(chunked_status("4\nWiki\n"), 400);
  EXPECT_EQ(chunked_status("4\r\nWikiX\r\n"), 400);
  EXPECT_EQ(chunked_status("10001\r\n"), 413);
  EXPECT_EQ(chunked_status("ffffffffffffffffffff\r\n"), 413);
  EXPECT_EQ(chunked_status("4;" + std::string(300, 'x')), 400);
}

}  // namespace
}  // namespace steward::net
