#include "agent/commands.hpp"

#include <gtest/gtest.h>

namespace steward::agent {
namespace {

class CommandsTest : public testing::Test {
 protected:
  Commands commands_{{
      .status = [] { return std::string(R"({"ok":true,"bots":[]})"); },
      .reload = [this](bool now) -> Result<std::string> {
        now_ = now;
        if (broken_) return fail(Code::invalid, "steward.toml:3: what");
        return std::string(R"({"ok":true,"changed":[]})");
      },
      .snapshot = [](const std::string& id) -> Result<std::string> {
        if (id == "broken") return fail(Code::unavailable, "the disk is full");
        return R"({"ok":true,"state":"running"})";
      },
      .keeper = [this](std::vector<std::string> words) -> Status {
        asked_ = std::move(words);
        if (broken_) return fail(Code::not_found, "there is no bot x");
        return {};
      },
  }};
  std::vector<std::string> asked_;
  bool now_ = false, broken_ = false;
};

using Words = std::vector<std::string>;

TEST_F(CommandsTest, StatusAndPingAreAnswered) {
  EXPECT_EQ(commands_.answer(R"({"command":"ping"})"), R"({"ok":true})");
  EXPECT_EQ(commands_.answer(R"({"command":"status"})"), R"({"ok":true,"bots":[]})");
}

TEST_F(CommandsTest, ASnapshotHasAnId) {
  EXPECT_EQ(commands_.answer(R"({"command":"snapshot","id":"a"})"), R"({"ok":true,"state":"running"})");
  EXPECT_EQ(commands_.answer(R"({"command":"snapshot","id":"broken"})"),
            R"({"ok":false,"error":{"code":"unavailable","message":"the disk is full"}})");
  EXPECT_TRUE(commands_.answer(R"({"command":"snapshot"})").starts_with(R"({"ok":false)"));
}

TEST_F(CommandsTest, SteeringGoesToTheKeeperInItsWords) {
  EXPECT_EQ(commands_.answer(R"({"command":"restart","bot":"racing","by":"alice"})"), R"({"ok":true})");
  EXPECT_EQ(asked_, (Words{"restart", "racing"}));
  commands_.answer(R"({"command":"halt","bot":"*","by":"alice","reason":"odd prices"})");
  EXPECT_EQ(asked_, (Words{"halt", "*", "alice", "odd prices"}));
  commands_.answer(R"({"command":"resume","bot":"racing"})");
  EXPECT_EQ(asked_, (Words{"resume", "racing", "unknown"}));
  commands_.answer(R"({"command":"stop-all"})");
  EXPECT_EQ(asked_, (Words{"stop-all"}));
}

TEST_F(CommandsTest, WhatIsNotUnderstoodIsNotDoneByHalf) {
  for (const char* bad : {"", "[]", "{", R"({"command":1})", R"({"command":"dance"})",
                          R"({"command":"stop"})", R"({"command":"stop","bot":""})",
                          R"({"command":"stop","bot":"a","bots":"b"})", R"({"command":"reload","now":1})",
                          R"({"command":"status","x":1})", R"({"command":"halt","bot":[["a"]]})"}) {
    const std::string answer = commands_.answer(bad);
    EXPECT_TRUE(answer.starts_with(R"({"ok":false,"error":{"code":"invalid")")) << bad << " → " << answer;
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandsTest, FailuresKeepTheirCodeAndSentence) {
  broken_ = true;
  EXPECT_EQ(commands_.answer(R"({"command":"stop","bot":"x"})"),
            R"({"ok":false,"error":{"code":"not_found","message":"there is no bot x"}})");
  EXPECT_EQ(commands_.answer(R"({"command":"reload","now":true})"),
            R"({"ok":false,"error":{"code":"invalid","message":"steward.toml:3: what"}})");
  EXPECT_TRUE(now_);
}

}  // namespace
}  // namespace steward::agent
