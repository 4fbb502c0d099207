#include "journal/cursors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/ulid.hpp"

namespace steward::journal {
namespace {

TEST(DoneRuns, gives_back_every_run_as_it_was_named) {
  SeededRandom random(7);
  DoneRuns done;
  std::vector<std::pair<std::string, std::string>> added{{"a", "00000000000000000000000000"},
                                                         {"a", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"}};
  for (WallNs now = kSecond; added.size() < 500; now += kSecond)
    added.emplace_back("a", make_ulid(now, random));
  for (const auto& [bot, run] : added) done.add(bot, run);
  std::ranges::sort(added);
  EXPECT_EQ(done.all(), added);
  for (const auto& [bot, run] : added) EXPECT_TRUE(done.contains(bot, run));
  for (const auto& [bot, run] : added) done.remove(bot, run);
  EXPECT_TRUE(done.all().empty());
}

}  // namespace
}  // namespace steward::journal
