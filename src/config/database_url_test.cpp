#include "config/database_url.hpp"

#include <gtest/gtest.h>

namespace steward::config {
namespace {

TEST(DatabaseUrl, KeepsWhatLibpqReadsAndChangesTheDatabase) {
  const auto url =
      parse_database_url("postgresql://me@h1:5433,h2/a%20b?sslmode=require&dbname=c%2Fd&options=-c%20x");
  ASSERT_TRUE(url) << url.error().text();
  EXPECT_EQ(url->database, "c/d");
  EXPECT_EQ(url->with_database("new \"one\""),
            "postgresql://me@h1:5433,h2/new%20%22one%22?sslmode=require&options=-c%20x");
  EXPECT_EQ(parse_database_url("postgresql:///trading_db")->with_database("postgres"),
            "postgresql:///postgres");
  EXPECT_EQ(parse_database_url("postgresql://")->database, "");
}

TEST(DatabaseUrl, PasswordsAreRefusedHoweverTheyAreWritten) {
  for (const char* url : {"postgresql://me:secret@host/db", "postgresql:///db?password=secret",
                          "postgresql:///db?user=me&pass%77ord=secret", "postgresql:///db?sslpassword=secret",
                          "postgresql://me:se@cret@host/db", "postgresql:///db?pass%zzword=secret"}) {
    EXPECT_TRUE(has_password(url)) << url;
    const auto parsed = parse_database_url(url);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().text().find("secret"), std::string::npos);
  }
  for (const char* url :
       {"postgresql://me@[::1]:5432/db", "postgresql://host:5432/password", "postgresql:///db?passfile=/x"})
    EXPECT_FALSE(has_password(url)) << url;
}

TEST(DatabaseUrl, WhatIsNoneIsRefused) {
  for (const char* url : {"", "mysql:///x", "postgresql:///%zz", "postgresql:///%00", "postgresql:///%4",
                          "postgresql:///x?dbname=%"})
    EXPECT_FALSE(parse_database_url(url)) << url;
}

}  // namespace
}  // namespace steward::config
