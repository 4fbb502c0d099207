#include "metrics/run_totals.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace steward::metrics {
namespace {

TEST(RunTotalsTest, SumsRunsAndNeverFalls) {
  RunTotals totals;
  EXPECT_FALSE(totals.known("cpu"));
  EXPECT_EQ(totals.update("cpu", "A", 10), 10);
  EXPECT_EQ(totals.update("cpu", "A", 7), 10);
  EXPECT_EQ(totals.update("cpu", "B", 0), 10);
  EXPECT_EQ(totals.update("cpu", "B", 5), 15);
  EXPECT_EQ(totals.total("cpu"), 15);
  EXPECT_TRUE(totals.known("cpu"));
}

TEST(RunTotalsTest, ABrokenFileIsRefusedWithItsLine) {
  for (const char* text :
       {"a 1 R\n", "a 1 R -2\n", "a x R 2\n", "a 1 R 2", "a 1 R 9000000000000000000\n", "\n"}) {
    const auto read = RunTotals::parse(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), Code::corrupt);
    EXPECT_EQ(read.error().message(), "line 1: expected \"KEY SUM RUN VALUE\"");
  }
}

TEST(RunTotalsTest, AFileThatIsNotThereIsEmptyAndOneThatIsSavedReadsBack) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("totals." + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "totals";
  auto totals = load_totals(path);
  ASSERT_TRUE(totals);
  totals->update("bot_cpu_ns a b", "", 4);
  ASSERT_TRUE(save_totals(path, *totals));
  EXPECT_FALSE(totals->changed());
  totals->update("bot_cpu_ns a b", "", 4);
  EXPECT_FALSE(totals->changed()) << "nothing new, nothing to write";
  EXPECT_EQ(load_totals(path)->total("bot_cpu_ns a b"), 4);
  std::ofstream(path) << "rubbish";
  EXPECT_EQ(load_totals(path).error().code(), Code::corrupt);
  std::filesystem::remove_all(folder);
}

/// The agent is killed anywhere: what it saved before exposing is what the next one goes on from.
RC_GTEST_PROP(RunTotalsProperty, ExposedTotalsNeverFallOverRunsAndAgents, ()) {
  RunTotals totals;
  std::int64_t shown = 0, run = 0, value = 0;
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10))) {
    if (step == 0) {
      ++run, value = 0;  // the bot begins a new run
    } else if (step == 1) {
      totals = RunTotals::parse(totals.text()).value();  // a new agent
    } else {
      value = std::max(value + step - 4, std::int64_t{0});
      const auto total = totals.update("cpu", std::to_string(run), value);
      RC_ASSERT(total >= shown);
      shown = total;
    }
  }
}

}  // namespace
}  // namespace steward::metrics
