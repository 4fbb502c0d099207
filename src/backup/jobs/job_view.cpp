#include "backup/jobs/job_view.hpp"

#include <algorithm>

#include "backup/jobs/configured.hpp"
#include "backup/ship/ship_file.hpp"

namespace steward::backup {

namespace {

std::optional<std::int64_t> since(std::optional<WallNs> moment, WallNs now) {
  return moment ? std::max<std::int64_t>(now - *moment, 0) : 0;
}

}  // namespace

std::optional<std::int64_t> JobView::exposure_ns(WallNs now) const {
  const WallNs kept = std::max(facts.made.started, shipped ? shipped->safe_until() : 0);
  if (facts.made.started == 0) return std::nullopt;
  return std::max<std::int64_t>(now - kept, 0);
}

std::optional<std::int64_t> JobView::overdue_ns(WallNs now) const {
  return scheduled ? since(run_plan.overdue_since, now) : std::nullopt;
}

std::optional<std::int64_t> JobView::proof_overdue_ns(WallNs now) const {
  return rehearsed ? since(proof_wanted_by, now) : std::nullopt;
}

std::string jitter_name(const config::Settings& settings, const std::string& job) {
  return host_of(settings) + "/" + job;
}

std::string schedule_text(const config::Backup& backup) {
  std::string text;
  for (const config::When* when : {&backup.when, &backup.drill.when})
    text += fmt::format("{}|{}|{}|{};", when->every, when->at, when->cron, when->jitter);
  return text;
}

std::optional<WallNs> scheduled_since(const JobFacts& facts, const config::Backup& backup, WallNs now) {
  const bool known = facts.scheduled.since != 0 && facts.scheduled.since <= now &&
                     facts.scheduled.by == schedule_text(backup);
  return known ? std::optional(facts.scheduled.since) : std::nullopt;
}

Running running_of(const std::string& folder, const std::string& job, const JobFacts& facts) {
  const bool run = facts.run.cut_short(), drill = facts.drill.cut_short();
  if ((!run && !drill) || !job_is_running(folder, job)) return {};
  // One lock is for both: what began last is what runs.
  const bool newest = run && (!drill || facts.run.started >= facts.drill.started);
  return {.run = newest, .drill = !newest};
}

void plan_view(JobView& view, const JobClock& runs, const JobClock& drills, WallNs now, WallNs known_since) {
  view.scheduled = runs.scheduled();
  view.rehearsed = drills.scheduled();
  view.run_plan = runs.plan(view.runs, now, known_since);
  // Nothing can be rehearsed before there is a backup.
  view.drill_plan = view.facts.made.started == 0 ? Plan{} : drills.plan(view.drills, now, known_since);
  view.proof_wanted_by = drills.proof_wanted_by(view.facts.proved.finished, known_since);
  view.run_error = view.facts.run.error;
  view.drill_error = view.facts.drill.error;
  if (view.facts.run.cut_short() && !view.runs.running) view.run_error = "it was cut short";
  if (view.facts.drill.cut_short() && !view.drills.running) view.drill_error = "it was cut short";
}

JobView view_job(const config::Backup& backup, const config::Settings& settings, WallNs now) {
  const std::string folder = work_folder(settings.state), who = jitter_name(settings, backup.name);
  const std::string& zone = settings.timezone;
  JobView view;
  view.name = backup.name;
  const std::string place = place_of(settings);
  view.facts = read_job_facts(folder, backup.name, place);  // of whichever store was there last
  if (backup.has_journals() && backup.ship > 0) {
    ShipFacts shipped = read_ship_file(folder, backup.name, place).facts;
    if (shipped.looked_at != 0) view.shipped = std::move(shipped);
  }
  const Running running = running_of(folder, backup.name, view.facts);
  view.runs = progress_of_runs(view.facts, running.run);
  view.drills = progress_of_drills(view.facts, running.drill);
  plan_view(view, {backup.when, zone, who}, {backup.drill.when, zone, who}, now,
            scheduled_since(view.facts, backup, now).value_or(now));
  return view;
}

}  // namespace steward::backup
