#include "exchange/simulator/synthetic_stream.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace steward::simulator {
namespace {

SyntheticOptions options(std::uint64_t seed, std::int64_t markets) {
  return {.seed = seed, .start = 1'767'268'800'000, .markets = markets};
}

std::string all_lines(const SyntheticOptions& wanted) {
  SyntheticLines lines(wanted);
  std::string text, line;
  while (lines.next(line)) text += line + "\n";
  return text;
}

TEST(Synthetic, TheSameSeedWritesTheSameBytes) {
  EXPECT_EQ(all_lines(options(7, 3)), all_lines(options(7, 3)));
  EXPECT_NE(all_lines(options(7, 1)), all_lines(options(8, 1)));
}

TEST(Synthetic, MarketsOverlapAndPublishTimesNeverFall) {
  SyntheticStream stream(options(3, 6));
  std::map<std::string, betfair::MarketStatus, std::less<>> open;
  std::size_t most_open = 0;
  std::int64_t last = 0;
  while (const betfair::StreamMessage* message = stream.next().value_or(nullptr)) {
    EXPECT_GE(message->publish_time, last);
    last = message->publish_time;
    const betfair::MarketChange& change = message->markets[0];
    if (change.definition) open[std::string(change.market_id)] = change.definition->status;
    if (change.definition && change.definition->status == betfair::MarketStatus::closed) {
      open.erase(open.find(change.market_id));
    }
    most_open = std::max(most_open, open.size());
  }
  EXPECT_TRUE(open.empty());
  EXPECT_GE(most_open, 3U);
  EXPECT_EQ(stream.counters().bad_lines, 0);
}

/// What a race must go through, seen from its definitions.
struct Race {
  std::string phases;
  std::size_t winners = 0, losers = 0, removed = 0, runners = 0;
};

std::map<std::string, Race, std::less<>> watch_races(const SyntheticOptions& wanted) {
  std::map<std::string, Race, std::less<>> races;
  SyntheticStream stream(wanted);
  while (const betfair::StreamMessage* message = stream.next().value_or(nullptr)) {
    const betfair::MarketChange& change = message->markets[0];
    if (!change.definition) continue;
    Race& race = races[std::string(change.market_id)];
    race.phases += name_of(change.definition->status).substr(0, 1);
    if (change.definition->in_play) race.phases += "i";
    race.winners = race.losers = race.removed = 0;
    race.runners = change.definition->runners.size();
    for (const auto& runner : change.definition->runners) {
      race.winners += runner.status == betfair::RunnerStatus::winner;
      race.losers += runner.status == betfair::RunnerStatus::loser;
      race.removed += runner.status == betfair::RunnerStatus::removed;
    }
  }
  return races;
}

TEST(Synthetic, EveryRaceIsBettedOnSuspendedRunAndWonByOne) {
  const auto races = watch_races(options(11, 24));
  EXPECT_EQ(races.size(), 24U);
  std::size_t removed = 0;
  for (const auto& [id, race] : races) {
    // Open (again after a withdrawal), suspended at the off, open in play, suspended, closed.
    EXPECT_TRUE(race.phases == "OSOiSiCi" || race.phases == "OOSOiSiCi") << id << " " << race.phases;
    EXPECT_EQ(race.winners, 1U) << id;
    EXPECT_EQ(race.winners + race.losers + race.removed, race.runners) << id;
    removed += race.removed;
  }
  EXPECT_GT(removed, 0U);
}

TEST(Synthetic, OffersNeverCrossAndVolumeIsWhatWasTraded) {
  SyntheticStream stream(options(5, 4));
  std::map<std::pair<std::string, std::int64_t>, std::map<Price, Pence>> backs, lays, traded;
  while (const betfair::StreamMessage* message = stream.next().value_or(nullptr)) {
    const betfair::MarketChange& change = message->markets[0];
    for (const betfair::RunnerChange& runner : change.runners) {
      const std::pair key(std::string(change.market_id), runner.selection_id);
      for (const betfair::LadderChange& ladder : runner.ladders) {
        auto& side = ladder.kind == betfair::LadderKind::atb   ? backs[key]
                     : ladder.kind == betfair::LadderKind::atl ? lays[key]
                                                               : traded[key];
        for (const betfair::LevelChange& level : ladder.levels) {
          ASSERT_TRUE(betfair::tick_of(level.price)) << level.price;
          if (level.size == 0)
            side.erase(level.price);
          else
            side[level.price] = level.size;
        }
      }
      if (!backs[key].empty() && !lays[key].empty()) {
        ASSERT_LT(backs[key].rbegin()->first, lays[key].begin()->first);
      }
      Pence sum = 0;
      for (const auto& [price, size] : traded[key]) sum += size;
      if (runner.has_tv) ASSERT_EQ(runner.tv, sum);
    }
  }
  EXPECT_FALSE(traded.empty());
}

TEST(Synthetic, MarketIdsDifferBetweenRunsUnlessFixed) {
  EXPECT_NE(unique_prefix(1'000, 1), unique_prefix(1'001, 1));
  EXPECT_NE(unique_prefix(1'000, 1), unique_prefix(1'000, 2));
  EXPECT_EQ(fixed_prefix(1), fixed_prefix(1));
  EXPECT_NE(fixed_prefix(1), fixed_prefix(2));
}

}  // namespace
}  // namespace steward::simulator
