#include "backup/postgres/answers.hpp"

#include <gtest/gtest.h>

namespace steward::backup {
namespace {

TEST(PostgresAnswers, VersionsOfServersAndPrograms) {
  EXPECT_EQ(major_text(major_of(150018)), "15");
  EXPECT_EQ(major_text(major_of(90624)), "9.6");
  EXPECT_EQ(major_of_tool("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), 15);
  EXPECT_EQ(major_of_tool("psql (PostgreSQL) 9.6.24"), 906);
  EXPECT_EQ(major_of_tool("pg_dump (PostgreSQL) 17beta1"), 17);
  for (const char* line : {"", "pg_dump", "(PostgreSQL) ", "(PostgreSQL) x", "(PostgreSQL) 99999999999999"})
    EXPECT_EQ(major_of_tool(line), 0) << line;
}

TEST(PostgresAnswers, NumbersAndTablesAreReadAndNothingElse) {
  EXPECT_EQ(parse_number("500000\n").value(), 500000);
  for (const char* answer : {"", "\n", "x\n", "-1\n", "1\n2\n", "1.5\n", "99999999999999999999\n"})
    EXPECT_FALSE(parse_number(answer)) << answer;
  const auto tables = parse_row_counts("2\n7075626c6963|62657473|313230\n61|0a|30\n", 2);
  ASSERT_TRUE(tables);
  EXPECT_EQ((*tables)[0], (TableRows{"public", "bets", 120}));
  EXPECT_EQ((*tables)[1].table, "\n");
  EXPECT_TRUE(parse_row_counts("0\n", 2)->empty());
  EXPECT_EQ(parse_row_counts("3\n", 2).error().code(), Code::invalid);
  EXPECT_EQ(parse_row_counts("2\n61|61|30\n", 2).error().code(), Code::unavailable);
  for (const char* answer :
       {"", "\n", "-1\n", "1\n61|61\n", "1\n61|61|61\n", "1\nzz|61|30\n", "1\n6|61|30\n", "1\n61|ff|30\n",
        "1\n61|61|2d31\n", "1\n61|61|30|30\n", "1\n61|61|30\n61|62|30\n"})
    EXPECT_EQ(parse_row_counts(answer, 9).error().code(), Code::corrupt) << answer;
}

TEST(PostgresAnswers, FactsOfAServer) {
  const auto facts = parse_server_facts("313530303138|6462|55544638|30302d31|302f31|37\n");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->version, 150018);
  EXPECT_EQ(facts->database, "db");
  EXPECT_EQ(facts->encoding, "UTF8");
  EXPECT_EQ(facts->snapshot, "00-1");
  EXPECT_EQ(facts->wal_lsn, "0/1");
  EXPECT_EQ(facts->large_objects, 7);
  for (const char* answer :
       {"", "313530303138|6462|55544638|30302d31|302f31\n", "31|6462|55544638||302f31|37\n",
        "313530303138|6462|55544638||302f31|37\nmore\n", "313530303138|6462|55544638||302f31|\n"})
    EXPECT_FALSE(parse_server_facts(answer)) << answer;
}

TEST(PostgresAnswers, QuotingLetsNothingOut) {
  EXPECT_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quoted_text("a'; DROP"), "'a''; DROP'");
}

TEST(PostgresAnswers, ComplaintsAreShortAndHoldNoPassword) {
  EXPECT_EQ(told_by("pg_dump: error: x\npg_dump: detail: y\n", ""), "pg_dump: error: x; pg_dump: detail: y");
  EXPECT_EQ(told_by("password authentication failed for user \"bot\"\n", ""),
            "password authentication failed for user \"bot\"");
  EXPECT_EQ(told_by("url postgresql:///x?password=hunter2&y=z", ""), "url postgresql:///x?password=…&y=z");
  EXPECT_EQ(told_by("OPTIONS (\"user\" 'a', password 'hunter 2')", ""), "OPTIONS (\"user\" 'a', password …)");
  EXPECT_EQ(told_by("who says hunter2 aloud", "hunter2"), "who says … aloud");
  EXPECT_EQ(told_by("", ""), "it said nothing");
  EXPECT_EQ(told_by("a\x1b[31m\rb", ""), "a [31m b");
  EXPECT_EQ(told_by("caf\xe9", ""), "caf?");
  EXPECT_LE(told_by(std::string(100'000, 'x'), "").size(), 600);
}

}  // namespace
}  // namespace steward::backup
