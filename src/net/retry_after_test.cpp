#include "net/retry_after.hpp"

#include <gtest/gtest.h>

namespace steward::net {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kSecond;  // Fri, 15 Jan 2027 08:00:00 GMT

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(retry_after_ns("120", kNow), 120 * kSecond);
  EXPECT_EQ(retry_after_ns(" 0 ", kNow), 0);
}

TEST(RetryAfter, ReadsTheThreeDatesOfHttp) {
  EXPECT_EQ(retry_after_ns("Fri, 15 Jan 2027 08:00:30 GMT", kNow), 30 * kSecond);
  EXPECT_EQ(retry_after_ns("Friday, 15-Jan-27 08:00:30 GMT", kNow), 30 * kSecond);
  EXPECT_EQ(retry_after_ns("Fri Jan 15 08:00:30 2027", kNow), 30 * kSecond);
}

TEST(RetryAfter, ADateThatHasPassedIsNow) {
  EXPECT_EQ(retry_after_ns("Wed, 21 Oct 2015 07:28:00 GMT", kNow), 0);
}

TEST(RetryAfter, WhatIsTooLongIsTheLongest) {
  EXPECT_EQ(retry_after_ns("99999999999999999999999", kNow), 36'525LL * 86'400 * kSecond);
}

TEST(RetryAfter, AnythingElseIsNothing) {
  for (const std::string_view text : {"", "soon", "-5", "1.5", "10:00", "20 Jan", "Frogday"})
    EXPECT_EQ(retry_after_ns(text, kNow), std::nullopt) << text;
  EXPECT_EQ(retry_after_ns(std::string(1000, '9'), kNow), std::nullopt);
}

}  // namespace
}  // namespace steward::net
