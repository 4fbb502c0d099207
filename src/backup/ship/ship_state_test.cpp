#include "backup/ship/ship_state.hpp"

#include <gtest/gtest.h>

namespace steward::backup {
namespace {

constexpr WallNs kNow = 1'764'000'000 * kSecond;
constexpr std::int64_t kMuch = 1 << 20;

Seen grown(const std::string& path, std::int64_t size, WallNs mtime = kNow) {
  return {PieceKind::grow, path, size, mtime, 0640, 0, 0};
}
Seen small(const std::string& path, std::int64_t size, WallNs mtime = kNow) {
  return {PieceKind::whole, path, size, mtime, 0640, 0, 0};
}

void ship(ShipState& state, const std::vector<TailPiece>& pieces, WallNs now = kNow) {
  state.confirmed(pieces, state.time_for(now), 10, now);
}

TEST(ShipState, EveryByteGoesOutOnceAndInOrder) {
  ShipState state;
  auto pieces = state.next({grown("a", 10)}, kMuch, kNow);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].offset, 0);
  EXPECT_EQ(pieces[0].length, 10);
  ship(state, pieces);
  EXPECT_TRUE(state.next({grown("a", 10)}, kMuch, kNow).empty());
  pieces = state.next({grown("a", 25)}, 5, kNow);
  EXPECT_EQ(pieces[0].offset, 10);
  EXPECT_EQ(pieces[0].length, 5);
  EXPECT_EQ(state.facts().behind_bytes, 15);
  ship(state, pieces);
  EXPECT_EQ(state.facts().behind_bytes, 10);
  EXPECT_EQ(state.next({grown("a", 25)}, kMuch, kNow)[0].offset, 15);
}

TEST(ShipState, WhatTheStoreDidNotConfirmIsGivenAgain) {
  ShipState state;
  SeededRandom random(1);
  const auto pieces = state.next({grown("a", 10)}, kMuch, kNow);
  state.failed("the store is away", kNow, kSecond, random);
  EXPECT_GE(state.retry_at(), kSecond + kSecond / 2);
  EXPECT_LE(state.retry_at(), 2 * kSecond);
  EXPECT_EQ(state.next({grown("a", 10)}, kMuch, kNow), pieces);
  for (int i = 0; i < 100; ++i) state.failed("the store is away", kNow, 0, random);
  EXPECT_LE(state.retry_at(), 60 * kSecond);
  EXPECT_EQ(state.facts().failing_since, kNow);
  ship(state, pieces);
  EXPECT_EQ(state.retry_at(), 0);
  EXPECT_EQ(state.facts().failing_since, 0);
  EXPECT_EQ(state.facts().error, "");
}

TEST(ShipState, BehindSinceTheLookThatFoundNothing) {
  ShipState state;
  static_cast<void>(state.next({}, kMuch, kNow));
  const auto pieces = state.next({grown("a", 10)}, kMuch, kNow + kSecond);
  EXPECT_EQ(state.facts().behind_since, kNow);
  static_cast<void>(state.next({grown("a", 30)}, kMuch, kNow + 9 * kSecond));
  EXPECT_EQ(state.facts().behind_since, kNow);
  EXPECT_EQ(state.facts().behind_bytes, 30);
  ship(state, pieces);
  EXPECT_EQ(state.facts().behind_bytes, 20);
  EXPECT_EQ(state.facts().behind_since, kNow);
  ship(state, state.next({grown("a", 30)}, kMuch, kNow + 10 * kSecond));
  EXPECT_EQ(state.facts().behind_since, 0);
}

TEST(ShipState, AShorterFileIsNeverShippedOverAndIsCountedOnce) {
  ShipState state;
  ship(state, state.next({grown("a", 10)}, kMuch, kNow));
  for (const int size : {4, 4, 20}) EXPECT_TRUE(state.next({grown("a", size)}, kMuch, kNow).empty());
  EXPECT_EQ(state.facts().shrunk, 1);
  EXPECT_EQ(state.facts().behind_bytes, 0);
}

TEST(ShipState, SmallFilesGoWholeWhenTheyChangedAndSayWhenTheyAreGone) {
  ShipState state;
  ship(state, state.next({small("down", 3)}, kMuch, kNow));
  EXPECT_TRUE(state.next({small("down", 3)}, kMuch, kNow).empty());
  ship(state, state.next({small("down", 3, kNow + 1)}, kMuch, kNow));
  Seen gone;
  gone.kind = PieceKind::gone, gone.path = "down";
  const auto pieces = state.next({gone}, kMuch, kNow);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].kind, PieceKind::gone);
  ship(state, pieces);
  EXPECT_TRUE(state.next({gone}, kMuch, kNow).empty());
  EXPECT_EQ(state.next({small("down", 3, kNow + 1)}, kMuch, kNow).size(), 1U);
}

TEST(ShipState, ASmallFileGoesWholeHoweverLittleFits) {
  ShipState state;
  auto pieces = state.next({grown("a", 100), small("gate", 30)}, 20, kNow);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].length, 20);
  ship(state, pieces);
  pieces = state.next({small("gate", 30), grown("a", 100)}, 20, kNow);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].length, 30);
}

TEST(ShipState, WhatABackupHoldsIsNotShippedAgain) {
  ShipState state;
  state.covered(kNow);
  const Seen old = grown("old", 100, kNow - 10 * kSecond);
  EXPECT_TRUE(state.next({old}, kMuch, kNow).empty());
  EXPECT_TRUE(state.settled(old));
  auto later = old;
  later.size = 120, later.mtime = kNow + kSecond;
  EXPECT_EQ(state.next({later}, kMuch, kNow)[0].offset, 100);
}

TEST(ShipState, WhatIsNewIsShippedFromItsBeginningWhateverTheClockSays) {
  ShipState state;
  state.covered(kNow);
  EXPECT_EQ(state.next({grown("within-the-tick", 7, kNow - kSecond)}, kMuch, kNow)[0].offset, 0);
  EXPECT_EQ(state.next({grown("later", 7, kNow - 3600 * kSecond)}, kMuch, kNow).size(), 1U);
  ShipState back;
  back.covered(kNow);
  EXPECT_EQ(back.next({grown("a", 7, kNow - 3600 * kSecond)}, kMuch, kNow - 1800 * kSecond).size(), 1U);
}

TEST(ShipState, TheFirstBackupHoldsWhatWaitedForIt) {
  ShipState state;
  EXPECT_EQ(state.next({grown("a", 7)}, kMuch, kNow).size(), 1U);
  state.covered(kNow + 60 * kSecond);
  EXPECT_TRUE(state.next({grown("a", 7)}, kMuch, kNow + 61 * kSecond).empty());
}

TEST(ShipState, WhatIsKnownOfFilesThatABackupHoldsIsForgotten) {
  ShipState state;
  ship(state, state.next({grown("a", 10), grown("b", 10), grown("c", 10, kNow + 60 * kSecond)}, kMuch, kNow));
  state.covered(kNow + 30 * kSecond);
  EXPECT_TRUE(state.next({grown("b", 10)}, kMuch, kNow + 40 * kSecond).empty());
  EXPECT_EQ(state.files().size(), 2U);
  EXPECT_TRUE(state.files().contains("b") && state.files().contains("c"));
}

TEST(ShipState, NamesGrowWhateverTheClockDoes) {
  ShipState state;
  const std::string first = state.time_for(kNow);
  ship(state, state.next({grown("a", 10)}, kMuch, kNow));
  const std::string second = state.time_for(kNow - 3600 * kSecond);
  EXPECT_GT(second, first);
  state.backup_began(kNow + 50 * kSecond);
  EXPECT_GT(state.time_for(kNow), time_name(kNow + 50 * kSecond));
  state.taken(time_name(kNow + 60 * kSecond));
  EXPECT_GT(state.time_for(kNow), time_name(kNow + 60 * kSecond));
}

}  // namespace
}  // namespace steward::backup
