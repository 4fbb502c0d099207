#include "net/http_message.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "net/gzip.hpp"

namespace steward::net {
namespace {

std::string gunzip(const std::string& packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

TEST(AcceptQuality, FollowsTheMostSpecificRange) {
  EXPECT_EQ(accept_quality("", "text/plain"), 1000);
  EXPECT_EQ(accept_quality("text/plain;q=0.3, text/*;q=0.7, */*;q=0.1", "text/plain"), 300);
  EXPECT_EQ(accept_quality("text/plain;q=0.3, text/*;q=0.7, */*;q=0.1", "text/html"), 700);
  EXPECT_EQ(accept_quality("text/plain;q=0.3, text/*;q=0.7, */*;q=0.1", "application/json"), 100);
  EXPECT_EQ(accept_quality("text/plain", "application/json"), 0);
  EXPECT_EQ(accept_quality("text/plain;version=0.0.4;q=0.5", "text/plain"), 500);
  EXPECT_EQ(accept_quality("gzip;q=0, *", "gzip"), 0);
  EXPECT_EQ(accept_quality("gzip;q=2", "gzip"), 0);
  EXPECT_EQ(named_quality("*/*", "text/plain"), 0);
  EXPECT_EQ(named_quality("br, GZIP ; q=1.0", "gzip"), 1000);
  EXPECT_EQ(named_quality("gzip;q=0.05", "gzip"), 50);
}

TEST(Content, IsPackedOnlyWhenThatIsShorter) {
  const std::string text(5000, 'a');
  EXPECT_EQ(gunzip(Content(text).gzip(), text.size()), text);
  EXPECT_EQ(Content("short").gzip(), "");
  EXPECT_EQ(gunzip(gzip_compress("short"), 5), "short");
}

TEST(Content, TagsTheSameBytesAlikeAndOthersDifferently) {
  EXPECT_EQ(Content("a").etag(), Content("a").etag());
  EXPECT_NE(Content("a").etag(), Content("b").etag());
  EXPECT_EQ(Content("a", false).etag(), "");
}

TEST(PercentDecode, RefusesHalfAnEscape) {
  EXPECT_EQ(percent_decode("%41%2f"), "A/");
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%g0"));
}

TEST(ErrorResponse, IsJsonWithCodeAndMessage) {
  const Response response = Response::error(404, "no \"x\"");
  EXPECT_EQ(response.content->bytes(), "{\"error\":{\"code\":\"not_found\",\"message\":\"no \\\"x\\\"\"}}\n");
}

}  // namespace
}  // namespace steward::net
