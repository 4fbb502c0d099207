#include "backup/retention.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "backup/manifest/catalog.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

constexpr std::int64_t kHour = 3600 * kSecond;

BackupFact fact(WallNs started, std::vector<std::string> needs = {}) {
  return {time_name(started), started, std::move(needs), true};
}

std::vector<std::string> days_of(const std::vector<std::string>& times) {
  std::vector<std::string> days;
  for (const auto& time : times) days.push_back(time.substr(0, 11));
  return days;
}

TEST(Retention, KeepsTheNewestOfEachPeriod) {
  std::vector<BackupFact> backups;
  const WallNs first = 1'767'225'600 * kSecond;                                     // 2026-01-01, a Thursday
  for (int i = 0; i < 90 * 4; ++i) backups.push_back(fact(first + i * 6 * kHour));  // until 2026-03-31T18
  Keep keep;
  keep.last = 2;
  keep.daily = 3;
  keep.weekly = 3;
  keep.monthly = 12;
  const auto plan = plan_retention(backups, keep);
  EXPECT_EQ(days_of(plan.keep),
            (std::vector<std::string>{"20260131T18", "20260228T18", "20260322T18", "20260329T18",
                                      "20260330T18", "20260331T12", "20260331T18"}));
  EXPECT_EQ(plan.keep.size() + plan.remove.size(), backups.size());
}

TEST(Retention, NoRuleKeepsEverything) {
  const auto plan = plan_retention({fact(1), fact(kHour), fact(2 * kHour)}, Keep{});
  EXPECT_EQ(plan.keep.size(), 3U);
}

RC_GTEST_PROP(Retention, NeverBreaksAChainNeverTakesTheNewestNorWhatIsNotOurs, ()) {
  const auto count = *rc::gen::inRange(0, 40);
  std::vector<BackupFact> backups;
  WallNs at = 1'764'000'000 * kSecond;
  for (int i = 0; i < count; ++i) {
    at += *rc::gen::inRange<std::int64_t>(1, 40 * 24) * kHour;
    BackupFact next = fact(at);
    next.ours = *rc::gen::inRange(0, 5) != 0;
    for (const auto& earlier : backups) {
      if (*rc::gen::inRange(0, 6) == 0) next.needs.push_back(earlier.time);
    }
    backups.push_back(next);
  }
  Keep keep;
  for (int* number : {&keep.last, &keep.hourly, &keep.daily, &keep.weekly, &keep.monthly, &keep.yearly})
    *number = *rc::gen::inRange(0, 5);
  const auto plan = plan_retention(backups, keep);
  const std::set<std::string> kept(plan.keep.begin(), plan.keep.end());
  RC_ASSERT(plan.keep.size() + plan.remove.size() == backups.size());
  std::vector<std::string> ours;
  for (const auto& backup : backups) {
    RC_ASSERT(backup.ours || kept.contains(backup.time));
    if (backup.ours) ours.push_back(backup.time);
    for (const auto& need : backup.needs) RC_ASSERT(!kept.contains(backup.time) || kept.contains(need));
  }
  for (int i = 0; i < std::max(1, keep.last) && i < static_cast<int>(ours.size()); ++i)
    RC_ASSERT(kept.contains(ours[ours.size() - 1 - static_cast<std::size_t>(i)]));
  // A second time there is nothing to do.
  std::vector<BackupFact> left;
  for (const auto& backup : backups) {
    if (kept.contains(backup.time)) left.push_back(backup);
  }
  RC_ASSERT(plan_retention(left, keep).remove.empty());
}

TEST(Prune, RemovesWhatTheRuleSaysAndWhatIsLeftRestores) {
  Kit kit;
  kit.write("a", "1");
  const auto first = kit.backup();
  kit.write("b", "2");
  const auto second = kit.backup();  // needs the first
  kit.job.full = true;
  const auto third = kit.backup();
  kit.job.full = false;
  kit.write("c", "3");
  const auto fourth = kit.backup();  // needs the third
  Keep keep;
  keep.last = 1;
  const auto dry = prune(*kit.store, "config", "trader-1", keep, kit.clock.wall(), true);
  EXPECT_EQ(dry->removed, (std::vector{first->time, second->time}));
  EXPECT_EQ(list_folders(*kit.store, "config")->size(), 4U);
  EXPECT_TRUE(prune(*kit.store, "config", "trader-2", keep, kit.clock.wall(), false)->removed.empty());
  const auto done = prune(*kit.store, "config", "trader-1", keep, kit.clock.wall(), false);
  EXPECT_EQ(done->kept, (std::vector{third->time, fourth->time}));
  EXPECT_EQ(list_folders(*kit.store, "config")->size(), 2U);
  EXPECT_TRUE(kit.restores_to(fourth->time, tree_of(kit.data())));
}

TEST(Prune, ClearsUpAfterKilledBackupsOfThisHostAlone) {
  Kit kit;
  kit.write("a", "1");
  ASSERT_TRUE(kit.backup());
  const std::string ours = time_name(kit.clock.wall() + 1'000'000'000);
  const std::string theirs = time_name(kit.clock.wall() + 2'000'000'000);
  const std::string nobodys = time_name(kit.clock.wall() + 3'000'000'000);
  ASSERT_TRUE(kit.store->put(key_of("config", ours, kClaimName), format_claim("trader-1")));
  ASSERT_TRUE(kit.store->put(key_of("config", ours, "files.tar.zst"), "half"));
  ASSERT_TRUE(kit.store->put(key_of("config", theirs, kClaimName), format_claim("trader-2")));
  ASSERT_TRUE(kit.store->put(key_of("config", nobodys, "files.tar.zst"), "half"));
  ASSERT_TRUE(kit.store->put("config/notes.txt", "by hand"));
  const auto soon = prune(*kit.store, "config", "trader-1", {}, SystemClock().wall(), false);
  EXPECT_TRUE(soon->unfinished.empty()) << "it may be under way";
  const auto later = prune(*kit.store, "config", "trader-1", {}, SystemClock().wall() + 49 * kHour, false);
  EXPECT_EQ(later->unfinished, std::vector{ours});
  std::set<std::string> left;
  for (const auto& object : kit.store->list("config/").value().objects) left.insert(object.key);
  EXPECT_EQ(left.size(), 5U);
  EXPECT_TRUE(left.contains(key_of("config", nobodys, "files.tar.zst")));
  EXPECT_TRUE(left.contains("config/notes.txt"));
}

}  // namespace
}  // namespace steward::backup
