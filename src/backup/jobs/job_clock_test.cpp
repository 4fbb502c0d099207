#include "backup/jobs/job_clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "config/backups.hpp"

namespace steward::backup {
namespace {

constexpr std::int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
// 2026-03-28T12:00Z: the clocks of London change in the night that follows, and on 2026-10-25 again.
constexpr WallNs kSpring = 1'774'699'200 * kSecond;

config::When every(const char* period, std::int64_t jitter = 0) {
  return {.every = period, .at = {}, .cron = {}, .jitter = jitter};
}
config::When at(const char* times) {
  return {.every = {}, .at = times, .cron = {}};
}
JobClock clock_of(const config::When& when) {
  return {when, "Europe/London", "host/job"};
}

TEST(JobClock, WithoutAScheduleNothingIsStartedOrLate) {
  const Plan plan = clock_of({}).plan({}, kSpring, 0);
  EXPECT_FALSE(plan.start || plan.next || plan.overdue_since);
  EXPECT_FALSE(clock_of({}).proof_wanted_by(0, kSpring));
}

TEST(JobClock, AJobWithoutASuccessIsDueAtOnceAndLateSinceItIsKnown) {
  const Plan plan = clock_of(at("02:00")).plan({}, kSpring, kSpring - kMinute);
  EXPECT_TRUE(plan.start);
  EXPECT_EQ(plan.next, kSpring);
  EXPECT_EQ(plan.overdue_since, kSpring - kMinute);
}

TEST(JobClock, MissedMomentsAreCaughtUpOnce) {
  const JobClock clock = clock_of(every("6h"));
  Progress progress{.succeeded = kSpring - 3 * kDay, .tried = kSpring - 3 * kDay};
  const Plan late = clock.plan(progress, kSpring + kHour, 0);
  EXPECT_TRUE(late.start);
  EXPECT_EQ(late.overdue_since, kSpring - 3 * kDay + 6 * kHour) << "noon was on the grid";
  progress = {.succeeded = kSpring + kHour, .tried = kSpring + kHour + kMinute};
  const Plan after = clock.plan(progress, kSpring + 2 * kHour, 0);
  EXPECT_FALSE(after.start || after.overdue_since);
  EXPECT_EQ(after.next, kSpring + 6 * kHour);
}

TEST(JobClock, WhileItRunsNothingIsStartedThoughItIsLate) {
  const JobClock clock = clock_of(every("6h"));
  const Plan plan = clock.plan({.succeeded = kSpring - 7 * kHour, .running = true}, kSpring + kMinute, 0);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(plan.next, kSpring + 6 * kHour);
  EXPECT_EQ(plan.overdue_since, kSpring - 6 * kHour);
}

TEST(JobClock, AFailureIsTriedAgainLaterEachTimeAndAnHourAfterAtMost) {
  const JobClock clock = clock_of(at("02:00"));
  for (const auto& [failures, delay] :
       {std::pair(1, kMinute), {2, 2 * kMinute}, {6, 32 * kMinute}, {7, kHour}, {5000, kHour}}) {
    const Progress progress{.succeeded = kSpring - 2 * kDay, .tried = kSpring, .failures = failures};
    EXPECT_FALSE(clock.plan(progress, kSpring + delay - 1, 0).start);
    EXPECT_EQ(clock.plan(progress, kSpring, 0).next, kSpring + delay);
    EXPECT_TRUE(clock.plan(progress, kSpring + delay, 0).start);
  }
}

TEST(JobClock, ARunThatWasCutShortIsAFailure) {
  JobFacts facts;
  facts.run.started = kSpring;
  EXPECT_EQ(progress_of_runs(facts, true).failures, 0);
  const Progress cut = progress_of_runs(facts, false);
  EXPECT_EQ(cut.failures, 1);
  EXPECT_FALSE(clock_of(every("1h")).plan(cut, kSpring + kSecond, 0).start);
  EXPECT_TRUE(clock_of(every("1h")).plan(cut, kSpring + kMinute, 0).start);
}

TEST(JobClock, ASuccessOrAnEndOfTheFutureIsOneOfAWrongClock) {
  const JobClock clock = clock_of(every("6h"));
  EXPECT_TRUE(clock.plan({.succeeded = kSpring + 400 * kDay}, kSpring, 0).start);
  const Progress failed{.succeeded = kSpring - kDay, .tried = kSpring + 400 * kDay, .failures = 3};
  EXPECT_TRUE(clock.plan(failed, kSpring, 0).start);
  EXPECT_FALSE(clock.plan({.succeeded = kSpring + kSecond}, kSpring, 0).start) << "a small step";
}

TEST(JobClock, ADrillThatProvedNothingLeavesTheEarlierProofAsTheNewestSuccess) {
  JobFacts facts;
  facts.proved = {.time = "20260327T120000.000Z", .started = kSpring - kDay, .finished = kSpring - kHour};
  facts.proved.took_ns = kMinute;
  facts.drill = {.started = kSpring, .finished = kSpring + kSecond, .error = "a hash differs"};
  facts.drill_failures = 1;
  EXPECT_EQ(progress_of_drills(facts, false).succeeded, kSpring - kHour - kMinute);
  facts.drill.error.clear();
  EXPECT_EQ(progress_of_drills(facts, false).succeeded, kSpring);
}

TEST(JobClock, ProofIsWantedBeforeTheSecondMomentAfterTheLast) {
  const JobClock clock = clock_of(at("sun 03:00"));
  const auto by = clock.proof_wanted_by(kSpring, 0);  // a Saturday; the clocks change before the first Sunday
  EXPECT_EQ(by, kSpring + kDay - 10 * kHour + 7 * kDay);
}

/// A machine that looks every minute, through DST, a clock that is stepped, and attempts that fail as told.
class Life {
 public:
  explicit Life(JobClock clock) : clock_(std::move(clock)) {}
  /// True when an attempt was made.
  bool minute(bool works, std::int64_t step = 0) {
    now_ += kMinute + step;
    const Plan plan = clock_.plan(progress_, now_, kSpring);
    if (!plan.start) {
      RC_ASSERT(!plan.next || *plan.next > now_);
      return false;
    }
    progress_.tried = now_;
    progress_.failures = works ? 0 : progress_.failures + 1;
    if (works) progress_.succeeded = now_;
    return true;
  }
  WallNs now() const { return now_; }
  const Progress& progress() const { return progress_; }

 private:
  JobClock clock_;
  Progress progress_;
  WallNs now_ = kSpring;
};

config::When any_schedule() {
  return *rc::gen::element(every("5m"), every("6h"), every("7h", kHour), at("01:30"), at("02:00, 14:00"),
                           config::When{.every = {}, .at = {}, .cron = "*/30 1 * * *", .jitter = kMinute});
}

RC_GTEST_PROP(JobClockProperty, EveryMomentIsFollowedByOneSuccessOnly, ()) {
  const config::When when = any_schedule();
  const auto schedule = config::schedule_of(when, "Europe/London").value();
  Life life(clock_of(when));
  int made = 0;
  for (int i = 0; i < 2 * 24 * 60; ++i) made += life.minute(true) ? 1 : 0;
  int moments = 1;  // the first is due at once
  for (auto slot = schedule.next(kSpring + kMinute); slot && *slot <= life.now(); slot = schedule.next(*slot))
    ++moments;
  RC_ASSERT(made <= moments);
  RC_ASSERT(made >= moments - 1 - (when.jitter > 0 ? 1 : 0));
}

RC_GTEST_PROP(JobClockProperty, FailuresAreNeverTriedFasterThanTheBackOffAllows, ()) {
  Life life(clock_of(any_schedule()));
  WallNs last = 0;
  for (int i = 0; i < 24 * 60; ++i) {
    const std::int64_t delay = retry_delay(life.progress().failures);
    if (!life.minute(false)) continue;
    if (last != 0) RC_ASSERT(life.now() - last >= delay && life.now() - last < delay + 2 * kMinute);
    last = life.now();
  }
}

RC_GTEST_PROP(JobClockProperty, WhateverTheClockDoesABackupIsMadeAgainAtTheNextMoment, ()) {
  const config::When when = any_schedule();
  Life life(clock_of(when));
  for (int i = 0; i < 200; ++i) {
    const bool works = *rc::gen::inRange(0, 4) != 0;
    const auto step = *rc::gen::weightedElement<std::int64_t>(
        {{20, 0}, {1, kHour}, {1, -kHour}, {1, 40 * kDay}, {1, -40 * kDay}, {1, -2 * kSecond}});
    life.minute(works, step);
  }
  bool made = false;
  // Cron leaves out an hour with wildcards that the clocks skip: two days, then.
  for (int i = 0; i < 49 * 60 && !made; ++i) made = life.minute(true);
  RC_ASSERT(made);
}

}  // namespace
}  // namespace steward::backup
