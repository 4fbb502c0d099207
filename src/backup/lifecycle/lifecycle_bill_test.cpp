#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backup/lifecycle/foretell.hpp"
#include "backup/manifest/manifest.hpp"

namespace steward::backup {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kGiB = 1 << 30;
constexpr WallNs kNow = 20'000 * kDayNs;  // a midnight
constexpr WallNs kEnd = kNow + 365 * kDayNs;

Prices prices() {
  return *amazon_prices("eu-west-1");
}

Timeline line_of(std::vector<LivedObject> objects) {
  return {.from = kNow, .until = kEnd, .objects = std::move(objects)};
}

/// Dollars to the cent and a hundredth of it.
std::string dollars(Nanos amount) {
  return format_nanos(amount, 4);
}

TEST(Prices, AreExactDecimals) {
  EXPECT_EQ(parse_nanos("0.0125").value(), 12'500'000);
  EXPECT_EQ(parse_nanos("3").value(), 3 * kDollar);
  EXPECT_EQ(format_nanos(12'345'678'901, 2), "12.35");
  EXPECT_EQ(format_nanos(-4'999'999, 2), "0.00");
  EXPECT_EQ(format_nanos(-1'500'000'000, 0), "-2");
  for (const char* text : {"", ".5", "1.", "-1", "1e3", "0.1234567890", "100", "0,5", "1.5 "})
    EXPECT_FALSE(parse_nanos(text)) << text;
}

TEST(Prices, AreKnownForSomeRegionsAndReadFromAFileForOthers) {
  EXPECT_EQ(amazon_prices("eu-west-2")->glacier.storage, 4'050'000);
  EXPECT_FALSE(amazon_prices("mars-1"));
  const auto read = parse_prices(
      "date = \"2027-01-01\"\n[STANDARD]\nstorage = \"0.03\"\n[STANDARD_IA]\nstorage = \"0.02\"\ntransition "
      "= \"0.01\"\n"
      "retrieval = \"0.01\"\n[GLACIER]\nstorage = \"0.005\"\ntransition = \"0.04\"\n",
      "/p.toml");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->ia, (ClassPrices{20'000'000, 10'000'000, 10'000'000}));
  EXPECT_EQ(read->date, "2027-01-01");
  const auto wrong =
      parse_prices("[STANDARD]\nstorage = 0.03\n[STANDARD_IA]\nstorage = \"x\"\nother = 1\n", "/p.toml");
  ASSERT_FALSE(wrong);
  for (const char* part : {"/p.toml: add the day", "/p.toml:2: storage must be a text",
                           "/p.toml:4: storage: expected", "\"other\"", "transition is missing"})
    EXPECT_THAT(wrong.error().text(), HasSubstr(part));
}

TEST(Bill, IsWhatOneAddsUpByHand) {
  // 100 GiB for a year, moved after 30 days.
  const Timeline line = line_of({{.size = 100 * kGiB, .written = kNow}});
  EXPECT_EQ(dollars(bill_of(line, {}, prices()).total()), "27.6000");  // 100 * 0.023 * 12
  const Bill ia = bill_of(line, {.ia_days = 30}, prices());
  // 100 * 12 * (0.023 * 30 + 0.0125 * 335) / 365 = 16.0356…, and one transition at 0.01 / 1000
  EXPECT_EQ(dollars(ia.storage), "16.0356");
  EXPECT_EQ(ia.transitions, 10'000);
  EXPECT_EQ(ia.early, 0);
  // 100 * 12 * (0.023 * 30 + 0.0125 * 60 + 0.0036 * 275) / 365; 32 KiB and 8 KiB are too little to be seen
  EXPECT_EQ(dollars(bill_of(line, {.ia_days = 30, .glacier_days = 90}, prices()).storage), "7.9890");
  EXPECT_EQ(bill_of(line, {.ia_days = 30, .glacier_days = 90}, prices()).transitions, 40'000);
}

TEST(Bill, HasTheMinimumDurationOfWhatIsRemovedBefore) {
  // Moved after 30 days, removed after 35: 25 days of IA besides.
  const Timeline line = line_of({{.size = 100 * kGiB, .written = kNow, .removed = kNow + 35 * kDayNs}});
  const Bill bill = bill_of(line, {.ia_days = 30}, prices());
  EXPECT_EQ(dollars(bill.storage), dollars(Nanos{100} * 12 * (23'000'000 * 30 + 12'500'000 * 5) / 365));
  EXPECT_EQ(dollars(bill.early), dollars(Nanos{100} * 12 * 12'500'000 * 25 / 365));
  // What is removed before it would move, or at that moment, never moves.
  const Timeline brief = line_of({{.size = kGiB, .written = kNow, .removed = kNow + 30 * kDayNs}});
  EXPECT_EQ(bill_of(brief, {.ia_days = 30}, prices()).total(), bill_of(brief, {}, prices()).total());
}

TEST(Bill, HasWhatSmallAndArchivedObjectsCostBesides) {
  const Bill small =
      bill_of(line_of({{.size = 1, .written = kNow - kDayNs, .tier = Tier::ia}}), {}, prices());
  EXPECT_EQ(small.storage, Nanos{12'500'000} * 12 * 128 / 1024 / 1024);
  const Bill cold = bill_of(line_of({{.size = 0, .written = kNow, .tier = Tier::glacier}}), {}, prices());
  EXPECT_EQ(cold.storage,
            Nanos{3'600'000} * 12 * 32 / 1024 / 1024 + Nanos{23'000'000} * 12 * 8 / 1024 / 1024);
  // Not larger than the filter: stays.
  EXPECT_EQ(
      bill_of(line_of({{.size = 131072, .written = kNow}}), {.ia_days = 30, .larger_than = 131072}, prices())
          .transitions,
      0);
}

TEST(Bill, MovesAtMidnightAndOnceWhatIsOldEnoughForBoth) {
  const MoveRule rule{.ia_days = 30, .glacier_days = 90};
  const LivedObject noon{.size = 1, .written = kNow + kDayNs / 2};
  EXPECT_EQ(moves_of(noon, rule, kNow).ia, kNow + 31 * kDayNs);
  const LivedObject old{.size = 1, .written = kNow - 200 * kDayNs};
  EXPECT_EQ(moves_of(old, rule, kNow + 1).ia, kForever);
  EXPECT_EQ(moves_of(old, rule, kNow + 1).glacier, kNow + kDayNs);
  const LivedObject archived{.size = 1, .written = kNow, .tier = Tier::glacier};
  EXPECT_EQ(moves_of(archived, rule, kNow).ia, kForever);
  EXPECT_EQ(moves_of(archived, rule, kNow).glacier, kForever);
}

RC_GTEST_PROP(Bill, IsNeverNegativeAndOverflowsNowhere, ()) {
  std::vector<LivedObject> objects;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    const WallNs written = kNow + *rc::gen::inRange(-400, 365) * kDayNs;
    objects.push_back(
        {.size = *rc::gen::suchThat<std::int64_t>([](std::int64_t size) { return size >= 0; }),
         .written = written,
         .removed = *rc::gen::arbitrary<bool>() ? kForever : written + *rc::gen::inRange(1, 500) * kDayNs});
    if (objects.back().removed <= kNow) objects.back().removed = kForever;
  }
  const MoveRule rule{.ia_days = *rc::gen::inRange(0, 100), .glacier_days = *rc::gen::inRange(0, 200)};
  const Bill bill = bill_of(line_of(objects), rule, prices());
  for (const Nanos part : {bill.storage, bill.transitions, bill.early, bill.retrieval, bill.total()})
    RC_ASSERT(part >= 0);
  // No move, no cost but storage.
  const Bill none = bill_of(line_of(objects), {}, prices());
  RC_ASSERT(none.total() == none.storage);
}

KnownBackup known(std::int64_t day, std::int64_t size, std::vector<std::string> needs = {}) {
  const WallNs at = kNow + day * kDayNs;
  return {{time_name(at), at, std::move(needs), true},
          {{.size = size, .written = at}, {.size = 1000, .written = at}}};
}

TEST(Foretelling, GoesOnAsTheScheduleAndTheRetentionSay) {
  JobHabits habits{.backups = {known(-2, kGiB), known(-1, 3 * kGiB), known(0, 2 * kGiB)},
                   .runs = schedule::Schedule::every("1d").value(),
                   .drills = schedule::Schedule::every("7d").value(),
                   .keep = {.last = 14},
                   .stands_alone = true};
  const Timeline line = foretell(habits, kNow + 3600 * kSecond);
  EXPECT_EQ(line.backups.size(), 3U + 365U);
  EXPECT_EQ(longest_life(line), 14 * kDayNs);
  EXPECT_EQ(line.objects.back().size, 1000);
  EXPECT_EQ(line.objects[line.objects.size() - 2].size, 2 * kGiB) << "the usual size";
  EXPECT_EQ(line.drills.size(), 52U);
  EXPECT_FALSE(archives_the_newest(line, {.glacier_days = 1}));
  EXPECT_EQ(line.newest.size(), 366U);
  habits.keep = {};
  EXPECT_FALSE(longest_life(foretell(habits, kNow)));
}

TEST(Foretelling, KnowsThatTheNewestGetsOldWithoutASchedule) {
  const JobHabits habits{.backups = {known(-2, kGiB)}, .stands_alone = true};
  const Timeline line = foretell(habits, kNow);
  EXPECT_EQ(line.backups.size(), 1U);
  EXPECT_TRUE(archives_the_newest(line, {.glacier_days = 90}));
  EXPECT_FALSE(archives_the_newest(line, {.glacier_days = 400}));
  EXPECT_FALSE(archives_the_newest(line, {.glacier_days = 90, .larger_than = kGiB}));
}

TEST(Foretelling, BuildsChainsAndKeepsWhatTheyNeed) {
  const std::string full = known(-2, 0).fact.time;
  const std::string first = known(-1, 0).fact.time;
  JobHabits habits{.backups = {known(-2, 10 * kGiB), known(-1, kGiB, {full}), known(0, kGiB, {full, first})},
                   .runs = schedule::Schedule::every("1d").value(),
                   .drills = schedule::Schedule::every("1d").value(),
                   .keep = {.last = 1}};
  const Timeline line = foretell(habits, kNow);
  const auto fulls = std::ranges::count(line.objects, 10 * kGiB, &LivedObject::size);
  EXPECT_EQ(fulls, 12) << "one after thirty others";
  EXPECT_EQ(longest_life(line), 31 * kDayNs) << "the full one goes when nobody needs it";
  EXPECT_EQ(line.drills.at(5).backups.size(), 9U);
  EXPECT_GT(bill_of(line, {.ia_days = 10}, prices()).retrieval, 0) << "drills read the full one from IA";
  // A tree that does not change: nobody needs the later ones.
  habits.backups = {known(-2, 10 * kGiB), known(-1, 0, {full}), known(0, 0, {full})};
  EXPECT_EQ(std::ranges::count(foretell(habits, kNow).objects, 10 * kGiB, &LivedObject::size), 1);
}

}  // namespace
}  // namespace steward::backup
