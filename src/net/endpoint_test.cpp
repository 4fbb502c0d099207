#include "net/endpoint.hpp"

#include <gtest/gtest.h>

namespace steward::net {
namespace {

TEST(Endpoint, ReadsAddressesOfBothFamilies) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8080")->text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_endpoint("[::1]:8080")->text(), "[::1]:8080");
  EXPECT_EQ(parse_endpoint("[0:0:0:0:0:0:0:1]:1")->text(), "[::1]:1");
  EXPECT_EQ(parse_endpoint("localhost:80")->text(), "127.0.0.1:80");
  EXPECT_TRUE(parse_endpoint("127.8.9.1:80")->loopback());
  EXPECT_TRUE(parse_endpoint("[::1]:80")->loopback());
  EXPECT_FALSE(parse_endpoint("0.0.0.0:80")->loopback());
  EXPECT_FALSE(parse_endpoint("[::]:80")->loopback());
}

TEST(Endpoint, SaysHowToWriteOne) {
  for (const char* text : {"", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:80x",
                           "::1:80", "[::1]", "example.com:80", "127.0.0.1:-1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_NE(endpoint.error().message().find("\"127.0.0.1:8080\""), std::string::npos);
  }
}

}  // namespace
}  // namespace steward::net
