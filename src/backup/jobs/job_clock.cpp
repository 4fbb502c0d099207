#include "backup/jobs/job_clock.hpp"

#include <algorithm>

#include "config/backups.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kLongestRetry = 60 * kMinute;

Progress progress_of(const Attempt& newest, WallNs succeeded, std::int64_t failures, bool running) {
  const bool cut_short = newest.cut_short() && !running;
  return {.succeeded = succeeded,
          .tried = newest.finished != 0 ? newest.finished : newest.started,
          .failures = failures + (cut_short ? 1 : 0),
          .running = running};
}

}  // namespace

Progress progress_of_runs(const JobFacts& facts, bool running) {
  return progress_of(facts.run, facts.made.started, facts.failures, running);
}

Progress progress_of_drills(const JobFacts& facts, bool running) {
  const bool good = facts.drill.finished != 0 && facts.drill.error.empty();
  const WallNs proved = facts.proved.finished - facts.proved.took_ns;
  return progress_of(facts.drill, good ? facts.drill.started : proved, facts.drill_failures, running);
}

std::int64_t retry_delay(std::int64_t failures) {
  constexpr std::int64_t kMostDoublings = 6;
  const auto doublings = std::clamp<std::int64_t>(failures - 1, 0, kMostDoublings);
  return std::min(kMinute << doublings, kLongestRetry);
}

JobClock::JobClock(const config::When& when, const std::string& zone, std::string who)
    : who_(std::move(who)), jitter_(when.jitter) {
  if (when.none()) return;
  // The configuration was checked: what is not right here has no schedule.
  if (auto schedule = config::schedule_of(when, zone)) schedule_ = std::move(*schedule);
}

std::optional<WallNs> JobClock::next(WallNs after) const {
  auto slot = schedule_->next(after);
  if (slot) *slot += schedule::delay_of(who_, *slot, jitter_);
  return slot;
}

/// Since when a run is due, or, after `now`, from when on it will be; INT64_MAX: never. 0: it always was.
WallNs JobClock::due_since(WallNs succeeded, WallNs now) const {
  // A success of the future is one of a clock that was wrong since, and says nothing: waiting for that
  // moment might take years.
  if (succeeded == 0 || succeeded > now + kMinute) return 0;
  const schedule::Due due = schedule::due(*schedule_, succeeded, now, who_, jitter_);
  if (due.slot) return *due.slot;
  return due.next.value_or(INT64_MAX);
}

Plan JobClock::plan(const Progress& progress, WallNs now, WallNs known_since) const {
  Plan plan;
  if (!schedule_) return plan;
  const bool known = progress.succeeded != 0 && progress.succeeded <= now + kMinute;
  const auto owed = known ? next(progress.succeeded) : std::optional(std::min(known_since, now));
  if (owed && *owed <= now) plan.overdue_since = owed;
  if (progress.running) {
    plan.next = next(now);
    return plan;
  }
  WallNs at = due_since(progress.succeeded, now);
  // An end in the future is one of a clock that was wrong.
  if (progress.failures > 0 && progress.tried <= now)
    at = std::max(at, progress.tried + retry_delay(progress.failures));
  if (at == INT64_MAX) return plan;
  plan.start = at <= now;
  plan.next = std::max(at, now);
  return plan;
}

std::optional<WallNs> JobClock::proof_wanted_by(WallNs proved, WallNs known_since) const {
  if (!schedule_) return std::nullopt;
  const auto first = schedule_->next(proved != 0 ? proved : known_since);
  return first ? next(*first) : std::nullopt;
}

}  // namespace steward::backup
