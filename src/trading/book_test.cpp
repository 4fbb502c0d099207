#include "trading/book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <rapidcheck/gtest.h>

#include "trading/stream_text_test.hpp"

namespace steward::trading {
namespace {

using betfair::LadderChange;
using betfair::LadderKind;
using betfair::LevelChange;
using test::definition;
using test::line;

/// A book fed with text.
struct Fed {
  test::TextStream stream;
  MarketBook book{"1.1"};
  void operator()(const std::string& text) {
    const betfair::StreamMessage* message = stream.decode(text);
    ASSERT_TRUE(message) << text;
    for (const auto& change : message->markets) book.apply(change, message->publish_time);
  }
  const RunnerBook& runner(std::int64_t id) { return *book.runner(id, 0); }
};

std::vector<Price> prices(const PriceLevels& ladder) {
  std::vector<Price> all;
  for (const PriceSize& level : ladder.levels()) all.push_back(level.price);
  return all;
}

TEST(MarketBook, KeepsLaddersBestFirst) {
  Fed feed;
  feed(line(1,
            definition("OPEN", 1) +
                R"(,"rc":[{"atb":[[2,5],[3,6],[2.5,7]],"atl":[[4,1],[3.5,2]],"trd":[[3,8],[2,9]],"id":1}])"));
  EXPECT_EQ(prices(feed.runner(1).available_to_back), (std::vector<Price>{300, 250, 200}));
  EXPECT_EQ(prices(feed.runner(1).available_to_lay), (std::vector<Price>{350, 400}));
  EXPECT_EQ(prices(feed.runner(1).traded_volume), (std::vector<Price>{200, 300}));
  EXPECT_EQ(feed.runner(1).available_to_back.best().size, 600);
  EXPECT_EQ(feed.runner(1).available_to_lay.size_at(400), 100);
  EXPECT_EQ(feed.runner(1).available_to_lay.size_at(410), 0);
}

TEST(MarketBook, LevelsMoveOnlyWhenTold) {
  Fed feed;
  feed(line(1, definition("OPEN", 1) + R"(,"rc":[{"batb":[[0,3,5],[1,2.9,6],[2,2.8,7]],"id":1}])"));
  feed(line(2, R"("rc":[{"batb":[[0,2.9,6],[2,0,0]],"id":1}])"));
  const auto levels = feed.runner(1).best_to_back.levels();
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[0], (PriceSize{290, 600}));
  EXPECT_EQ(levels[1], (PriceSize{290, 600}));
  feed(line(3, R"("rc":[{"batb":[[100000,2,1]],"bdatb":[],"id":1}])"));
  EXPECT_EQ(feed.runner(1).best_to_back.levels().size(), 2U);
}

TEST(MarketBook, AnImageReplacesAllButShowsWhatTradedSince) {
  Fed feed;
  feed(line(1, R"("img":true,"tv":20,)" + definition("OPEN", 1) +
                   R"(,"rc":[{"atb":[[2,5]],"trd":[[2,10],[3,10]],"ltp":3,"tv":20,"id":1}])"));
  EXPECT_TRUE(feed.runner(1).traded_changes.empty());
  feed(
      line(2, R"("img":true,)" + definition("OPEN", 2) + R"(,"rc":[{"atl":[[4,1]],"trd":[[2,16]],"id":1}])"));
  EXPECT_TRUE(feed.runner(1).available_to_back.empty());
  EXPECT_EQ(feed.runner(1).last_price_traded, 0);
  EXPECT_EQ(feed.book.total_matched(), 0);
  ASSERT_EQ(feed.runner(1).traded_changes.size(), 2U);
  EXPECT_EQ(feed.runner(1).traded_changes[0].before, 1000);
  EXPECT_EQ(feed.runner(1).traded_changes[0].now, 1600);
  EXPECT_EQ(feed.runner(1).traded_changes[1].now, 0);
}

TEST(MarketBook, AnEmptyTradedLadderClearsIt) {
  Fed feed;
  feed(line(1, definition("OPEN", 1) + R"(,"rc":[{"trd":[[2,10]],"atb":[[2,1]],"id":1}])"));
  feed(line(2, R"("rc":[{"trd":[],"atb":[],"id":1}])"));
  EXPECT_TRUE(feed.runner(1).traded_volume.empty());
  EXPECT_FALSE(feed.runner(1).available_to_back.empty());
}

TEST(MarketBook, ArchivedVolumesAreIncrementsAndRebuiltFromTheLadders) {
  Fed feed;
  feed(line(1, definition("OPEN", 1, R"(,"name":"1m Hcap")") + R"(,"rc":[{"trd":[[2,10]],"tv":10,"id":1}])"));
  feed(line(2, R"("tv":5,"rc":[{"trd":[[2,12],[3,3]],"tv":5,"id":1}])"));
  EXPECT_EQ(feed.runner(1).total_matched, 1500);
  EXPECT_EQ(feed.book.total_matched(), 1500);
}

TEST(MarketBook, RunnersKeepTheFirstOrderAndNewOnesFollow) {
  Fed feed;
  feed(line(1, R"("marketDefinition":{"status":"OPEN","runners":[{"id":5},{"id":3}]})"));
  feed(line(
      2,
      R"("con":true,"marketDefinition":{"status":"OPEN","runners":[{"id":3},{"id":9},{"id":5,"status":"REMOVED"}]})"));
  ASSERT_EQ(feed.book.runners().size(), 3U);
  EXPECT_EQ(feed.book.runners()[0].selection_id, 5);
  EXPECT_EQ(feed.book.runners()[0].status, RunnerStatus::removed);
  EXPECT_EQ(feed.book.runners()[2].selection_id, 9);
  EXPECT_TRUE(feed.book.conflated());
}

/// The same rules on std::map.
struct NaiveLadder {
  std::map<Price, Pence> sizes;
  void apply(const std::vector<LevelChange>& levels) {
    for (const LevelChange& level : levels) {
      if (level.size == 0)
        sizes.erase(level.price);
      else
        sizes[level.price] = level.size;
    }
  }
  std::vector<PriceSize> levels(bool descending) const {
    std::vector<PriceSize> all;
    for (const auto& [price, size] : sizes) all.push_back({price, size});
    if (descending) std::ranges::reverse(all);
    return all;
  }
};

std::vector<LevelChange> some_levels() {
  return *rc::gen::container<std::vector<LevelChange>>(rc::gen::map(
      rc::gen::pair(rc::gen::inRange<Price>(101, 140), rc::gen::inRange<Pence>(0, 4)),
      [](const std::pair<Price, Pence>& each) { return LevelChange{each.first, 0, each.second}; }));
}

RC_GTEST_PROP(MarketBook, EqualsANaiveBookAfterAnyChanges, ()) {
  MarketBook book("1.1");
  std::map<LadderKind, NaiveLadder> naive;
  const auto steps = *rc::gen::inRange(1, 20);
  for (int step = 0; step < steps; ++step) {
    const auto kind = *rc::gen::element(LadderKind::atb, LadderKind::atl, LadderKind::trd);
    const std::vector<LevelChange> levels = some_levels();
    const std::map<Price, Pence> traded_before = naive[LadderKind::trd].sizes;
    const LadderChange ladder{kind, levels};
    const betfair::RunnerChange runner{.selection_id = 7, .ladders = {&ladder, 1}};
    book.apply({.market_id = "1.1", .runners = {&runner, 1}}, step);
    if (kind == LadderKind::trd && levels.empty()) naive[kind].sizes.clear();
    naive[kind].apply(levels);

    const RunnerBook& ours = *book.runner(7, 0);
    const auto same = [](std::span<const PriceSize> left, const std::vector<PriceSize>& right) {
      return std::ranges::equal(left, right);
    };
    RC_ASSERT(same(ours.available_to_back.levels(), naive[LadderKind::atb].levels(true)));
    RC_ASSERT(same(ours.available_to_lay.levels(), naive[LadderKind::atl].levels(false)));
    RC_ASSERT(same(ours.traded_volume.levels(), naive[LadderKind::trd].levels(false)));

    // What is said to have changed in the traded volume turns the volume before into the one now.
    if (step == 0) continue;
    std::map<Price, Pence> replayed = traded_before;
    for (const TradedChange& change : ours.traded_changes) {
      RC_ASSERT((traded_before.contains(change.price) ? traded_before.at(change.price) : 0) == change.before);
      if (change.now == 0)
        replayed.erase(change.price);
      else
        replayed[change.price] = change.now;
    }
    RC_ASSERT(replayed == naive[LadderKind::trd].sizes);
  }
}

}  // namespace
}  // namespace steward::trading
