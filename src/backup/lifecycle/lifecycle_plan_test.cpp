#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backup/lifecycle/apply.hpp"
#include "backup/lifecycle/study.hpp"
#include "backup/manifest/manifest.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

using objects::LifecycleState;
using objects::LifecycleText;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kGiB = 1 << 30;
constexpr WallNs kNow = 20'000 * kDayNs;
constexpr const char* kTheirs =
    "<Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>"
    "<Expiration><Days>3</Days></Expiration></Rule>";

/// A job with a backup a day that each hold `size` bytes.
JobCase job_of(std::int64_t size, const Keep& keep, bool stands_alone = true) {
  JobCase job{
      .name = "database",
      .habits = {.runs = schedule::Schedule::every("1d").value(), .keep = keep, .stands_alone = stands_alone},
      .largest_manifest = 2000};
  for (std::int64_t day = -3; day <= 0; ++day) {
    const WallNs at = kNow + day * kDayNs;
    job.habits.backups.push_back(
        {{time_name(at), at, {}, true}, {{.size = size, .written = at}, {.size = 2000, .written = at}}});
  }
  return job;
}

JobPlan planned(const JobCase& job, bool force = false, const std::optional<MoveRule>& set = {}) {
  return plan_job(job, set, *amazon_prices("eu-west-1"), force, kNow);
}

TEST(LifecyclePlan, TakesBothClassesWhereTheyPay) {
  const JobPlan plan = planned(job_of(kGiB, {}));
  EXPECT_EQ(plan.rule, (MoveRule{30, 90, 128 << 10}));
  EXPECT_THAT(plan.reasons, IsEmpty());
  EXPECT_LT(plan.after.total(), plan.before.total() / 2);
  EXPECT_EQ(plan.before.total(), plan.without.total());
  EXPECT_EQ(plan.bytes, 4 * (kGiB + 2000));
  EXPECT_EQ(planned(job_of(kGiB, {}), false, plan.rule).before.total(), plan.after.total())
      << "as it is set now";
}

TEST(LifecyclePlan, TakesOneClassWhereTheOtherDoesNotPay) {
  // Removed after 100 days: GLACIER would bill 80 more.
  const JobPlan plan = planned(job_of(kGiB, {.last = 100}));
  EXPECT_EQ(plan.rule, (MoveRule{30, 0, 128 << 10}));
  EXPECT_THAT(plan.reasons, ElementsAre(HasSubstr("no GLACIER: it would cost $")));
}

TEST(LifecyclePlan, SaysWhyNothingPays) {
  EXPECT_THAT(
      planned(job_of(kGiB, {.last = 14})).reasons,
      ElementsAre("no rule: its backups are removed after at most 14 days, before 30 days have passed"));
  const JobPlan early = planned(job_of(kGiB, {.last = 33}));
  EXPECT_FALSE(early.rule);
  EXPECT_EQ(early.after.total(), early.without.total());
  EXPECT_THAT(early.reasons, ElementsAre(AllOf(HasSubstr("STANDARD_IA would cost $"),
                                               HasSubstr("removed after at most 33 days"),
                                               HasSubstr("STANDARD_IA bills at least 30"))));
  EXPECT_THAT(planned(job_of(1000, {})).reasons,
              ElementsAre("no rule: none of its objects is larger than 128 KiB"));
  JobCase none = job_of(1, {});
  none.habits.backups.clear();
  EXPECT_THAT(planned(none).reasons, ElementsAre(HasSubstr("no backup is in the store yet")));
  JobCase out = job_of(kGiB, {});
  out.wanted = false;
  EXPECT_FALSE(planned(out, true).rule);
  EXPECT_TRUE(planned(out).left_out);
}

TEST(LifecyclePlan, KeepsWhatARestoreNeedsOutOfTheArchive) {
  const JobPlan chain = planned(job_of(kGiB, {}, false));
  EXPECT_EQ(chain.rule, (MoveRule{30, 0, 128 << 10}));
  EXPECT_THAT(chain.reasons, ElementsAre(HasSubstr("no GLACIER: its backups build upon older ones")));
  JobCase by_hand = job_of(kGiB, {});
  by_hand.habits.runs.reset();
  const JobPlan hand = planned(by_hand);
  EXPECT_EQ(hand.rule, (MoveRule{30, 0, 128 << 10}));
  EXPECT_THAT(hand.reasons, ElementsAre(HasSubstr("no GLACIER: its newest backup would come to lie there")));
}

TEST(LifecyclePlan, SetsAllOfItWhenItIsForced) {
  const JobPlan brief = planned(job_of(kGiB, {.last = 33}), true);
  EXPECT_EQ(brief.rule, (MoveRule{30, 90, 128 << 10}));
  EXPECT_GT(brief.after.total(), brief.without.total());
  EXPECT_THAT(brief.reasons, ElementsAre(HasSubstr("forced, although it costs $")));
  EXPECT_THAT(planned(job_of(kGiB, {}, false), true).reasons,
              ElementsAre(HasSubstr("forced into GLACIER, although its backups build upon older ones")));
}

TEST(LifecyclePlan, NeverMovesAManifest) {
  EXPECT_EQ(size_filter(0), 128 << 10);
  EXPECT_EQ(size_filter(65'536), 128 << 10);
  EXPECT_EQ(size_filter(65'537), 256 << 10);
  EXPECT_EQ(size_filter(40 << 20), 128 << 20);
  EXPECT_GT(size_filter(INT64_MAX), 0);
}

RC_GTEST_PROP(LifecyclePlan, IsNeverDearerThanNoRuleUnlessForced, ()) {
  const Keep keep{.last = *rc::gen::inRange(0, 20), .daily = *rc::gen::inRange(0, 10)};
  const JobCase job =
      job_of(*rc::gen::inRange<std::int64_t>(0, 100 << 20), keep, *rc::gen::arbitrary<bool>());
  const JobPlan plan = planned(job);
  RC_ASSERT(plan.after.total() <= plan.without.total());
  RC_ASSERT(plan.rule.has_value() == (plan.after.total() < plan.without.total()));
}

TEST(LifecycleRules, KnowTheirOwn) {
  const auto move = move_rule("host-a/", "database", {30, 90, 4096});
  EXPECT_EQ(move.prefix, "host-a/database/");
  EXPECT_EQ(move_of(move), (MoveRule{30, 90, 4096}));
  EXPECT_EQ(job_of_rule(move, "host-a/"), "database");
  EXPECT_EQ(job_of_rule(uploads_rule("host-a/", "database"), "host-a/"), "database");
  EXPECT_EQ(job_of_rule(uploads_rule("", "x-uploads"), ""), "x-uploads");
  EXPECT_FALSE(job_of_rule(move, "host-b/")) << "another Steward's";
  for (const char* id :
       {"steward-", "steward-database", "steward-database-0123456789abcdef", "steward-uploads", ""})
    EXPECT_FALSE(job_of_rule({.id = id, .prefix = "host-a/database/"}, "host-a/")) << id;
  EXPECT_EQ(describe(move), "STANDARD_IA after 30 days, GLACIER after 90 days, objects larger than 4.0 KiB");
}

TEST(LifecycleRules, WarnOfWhatDeletesOrArchivesBackups) {
  const auto dangers = [](objects::LifecycleRule rule) {
    rule.id = "theirs";
    const auto found = foreign_dangers({rule}, "host-a/", {"config", "own"});
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_THAT(
      dangers({.prefix = "", .expire_days = 60}),
      AllOf(HasSubstr("\"theirs\""), HasSubstr("config, own"), HasSubstr("deletes them after 60 days")));
  EXPECT_THAT(dangers({.prefix = "host-a/own.tail/", .expire_days = -1}), HasSubstr("backups own too"));
  EXPECT_THAT(dangers({.prefix = "host-a/", .moves = {{90, "GLACIER"}}}), HasSubstr("3 to 5 hours"));
  EXPECT_EQ(dangers({.prefix = "host-a/", .moves = {{90, "GLACIER_IR"}}}), "");
  EXPECT_EQ(dangers({.prefix = "host-a/", .enabled = false, .expire_days = 60}), "");
  EXPECT_EQ(dangers({.prefix = "", .tagged = true, .expire_days = 60}), "");
  EXPECT_EQ(dangers({.prefix = "host-b/", .expire_days = 60}), "");
  EXPECT_THAT(dangers({.prefix = "logs/", .old_form = true}), HasSubstr("outside a <Filter>"));
}

/// A bucket in memory, which can be late, forgetful, or changed by others.
class Bucket final : public objects::BucketLifecycle {
 public:
  Result<LifecycleState> read() override {
    const LifecycleState seen = late-- > 0 ? before : state;
    return seen;
  }
  Status replace(const LifecycleState& given) override {
    ++replaced;
    before = state;
    state = given;
    if (given.xml.empty()) state = {};
    if (!given.xml.empty() && given.minimum_size.empty()) state.minimum_size = "all_storage_classes_128K";
    if (forgets_sizes && given.xml.contains("<ObjectSizeGreaterThan>")) {
      const auto from = state.xml.find("<ObjectSizeGreaterThan>");
      state.xml.erase(from, state.xml.find("</ObjectSizeGreaterThan>") + 24 - from);
    }
    late = delay;
    if (answers_no_more) return fail(Code::unavailable, "the store returned nothing");
    return {};
  }
  std::string place() const override { return "s3://bucket/host-a"; }
  std::string prefix() const override { return "host-a/"; }
  std::string region() const override { return "eu-west-1"; }
  bool amazon() const override { return true; }

  LifecycleState state, before;
  int delay = 0, late = 0, replaced = 0;
  bool forgets_sizes = false, answers_no_more = false;
};

constexpr ReadBack kQuickLooks{.settle_ns = 10'000'000, .pause_ns = 1'000'000};

RulePlan rules_for(const Bucket& bucket, const std::vector<JobPlan>& jobs,
                   const std::vector<LeftJob>& left = {}) {
  return plan_rules(LifecycleText::parse(bucket.state.xml).value(), "host-a/", jobs, left);
}

Status apply(Bucket& bucket, const RulePlan& plan, const ReadBack& patience = kQuickLooks) {
  return apply_rules(bucket, LifecycleText::parse(bucket.state.xml).value(), plan, patience);
}

TEST(ApplyingRules, AddsChangesAndRemovesOurs) {
  Bucket bucket;
  bucket.state = {std::string("<LifecycleConfiguration>\n") + kTheirs + "\n</LifecycleConfiguration>",
                  "varies_by_storage_class"};
  const LifecycleState first = bucket.state;
  JobPlan job{.name = "database", .rule = MoveRule{30, 90, 131072}};
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {job})));
  EXPECT_THAT(bucket.state.xml, AllOf(HasSubstr(kTheirs), HasSubstr("<Days>90</Days>")));
  EXPECT_EQ(bucket.state.minimum_size, "varies_by_storage_class");
  EXPECT_FALSE(rules_for(bucket, {job}).changes_any()) << "a second time changes nothing";
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {job})));
  EXPECT_EQ(bucket.replaced, 1);
  job.rule->glacier_days = 0;
  EXPECT_EQ(rules_for(bucket, {job}).changes[0].kind, RuleChange::Kind::change);
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {job})));
  EXPECT_FALSE(bucket.state.xml.contains("GLACIER"));
  // Another job is planned alone: this one stays.
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {{.name = "other"}})));
  EXPECT_TRUE(bucket.state.xml.contains("STANDARD_IA"));
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {}, {{"database"}, {"other"}})));
  EXPECT_EQ(bucket.state.xml, first.xml) << "every byte of the others";
  EXPECT_EQ(bucket.state.minimum_size, first.minimum_size);
}

TEST(ApplyingRules, LeavesAJobThatAnotherHostHas) {
  Bucket bucket;
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {{.name = "database"}})));
  const RulePlan plan = rules_for(bucket, {}, {{"database", true}});
  EXPECT_FALSE(plan.changes_any());
  EXPECT_EQ(plan.changes.at(0).why, "another host has backups there");
  ASSERT_TRUE(apply(bucket, rules_for(bucket, {{.name = "database", .left_out = true}})));
  EXPECT_EQ(bucket.state.xml, "") << "no rule is left";
}

TEST(ApplyingRules, WaitsUntilTheyAreSeen) {
  Bucket bucket;
  bucket.delay = 3;
  EXPECT_TRUE(apply(bucket, rules_for(bucket, {{.name = "database"}})));
  bucket.delay = 1'000'000;
  const Status late = apply(bucket, rules_for(bucket, {{.name = "other"}}), {.deadline_ns = 50'000'000});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Code::timeout);
}

TEST(ApplyingRules, PutsTheFormerOnesBackWhenTheStoreKeepsSomethingElse) {
  Bucket bucket;
  bucket.state.xml = std::string("<LifecycleConfiguration>") + kTheirs + "</LifecycleConfiguration>";
  bucket.forgets_sizes = true;
  const std::string before = bucket.state.xml;
  const Status done =
      apply(bucket, rules_for(bucket, {{.name = "database", .rule = MoveRule{30, 90, 131072}}}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::corrupt);
  EXPECT_THAT(done.error().text(),
              AllOf(HasSubstr("the former rules are put back"), HasSubstr("ObjectSizeGreaterThan=\"131072\""),
                    HasSubstr("kept, and not")));
  EXPECT_EQ(bucket.state.xml, before);
}

TEST(ApplyingRules, SaysWhenItIsNotKnownWhetherTheyAreSet) {
  Bucket bucket;
  bucket.answers_no_more = true;
  const Status done = apply(bucket, rules_for(bucket, {{.name = "database"}}));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(), HasSubstr("whether the rules are set is not known"));
  bucket.answers_no_more = false;
  EXPECT_TRUE(apply(bucket, rules_for(bucket, {{.name = "database"}})));
}

TEST(ApplyingRules, RefusesWhenSomebodyChangedThemSince) {
  Bucket bucket;
  const RulePlan plan = rules_for(bucket, {{.name = "database"}});
  bucket.state.xml = std::string("<LifecycleConfiguration>") + kTheirs + "</LifecycleConfiguration>";
  const Status done = apply_rules(bucket, LifecycleText(), plan, kQuickLooks);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::conflict);
  EXPECT_EQ(bucket.replaced, 0);
}

TEST(StudyingAJob, SeesWhatLiesInTheStoreAndWhoseItIs) {
  Kit kit;
  kit.write("a", std::string(200'000, 'x'));
  const auto first = kit.backup();
  kit.write("b", "y");
  const auto second = kit.backup();
  ASSERT_TRUE(first && second);
  config::Settings settings;
  settings.objects.host = "trader-1";
  config::Backup backup{.name = "config", .sources = {kit.data()}};
  backup.when.every = "6h";
  backup.lifecycle.glacier = 0;
  settings.backups = {backup};
  const auto job = study_job(backup, settings, *kit.store);
  ASSERT_TRUE(job) << job.error().text();
  ASSERT_EQ(job->habits.backups.size(), 2U);
  EXPECT_EQ(job->habits.backups[1].fact.needs, std::vector{first->time});
  EXPECT_TRUE(job->habits.backups[0].fact.ours);
  EXPECT_EQ(job->habits.backups[0].objects.size(), 2U);
  EXPECT_GT(job->largest_manifest, 100);
  EXPECT_TRUE(job->habits.runs && !job->habits.drills && !job->habits.stands_alone);
  EXPECT_EQ(job->days.glacier, 0);
  backup.sources = {"postgresql:///trading", "sqlite:///bot.db"};
  EXPECT_TRUE(study_job(backup, settings, *kit.store)->habits.stands_alone);

  const auto rules = LifecycleText::parse(LifecycleText().with({}, {uploads_rule("", "config")})).value();
  EXPECT_THAT(left_jobs(rules, "", settings, *kit.store).value(), IsEmpty()) << "it is configured";
  settings.backups.clear();
  EXPECT_FALSE(left_jobs(rules, "", settings, *kit.store).value().at(0).others);
  settings.objects.host = "trader-2";
  EXPECT_TRUE(left_jobs(rules, "", settings, *kit.store).value().at(0).others);
  EXPECT_FALSE(study_job(backup, settings, *kit.store)->habits.backups[0].fact.ours);
  EXPECT_THAT(left_jobs(rules, "host-a/", settings, *kit.store).value(), IsEmpty()) << "another store's";
}

}  // namespace
}  // namespace steward::backup
