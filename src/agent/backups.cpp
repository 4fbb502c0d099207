#include "agent/backups.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "backup/jobs/configured.hpp"
#include "backup/jobs/scratch.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "os/files.hpp"
#include "os/process.hpp"

namespace steward::agent {

namespace {

constexpr std::int64_t kReadEvery = 2 * kSecond;
constexpr std::int64_t kPlanEvery = 60 * kSecond;

std::string_view noun(bool drill) {
  return drill ? "drill" : "backup";
}

}  // namespace

Backups::Backups(std::string state, const Clock& clock, std::unique_ptr<BackupLauncher> launcher)
    : folder_(backup::work_folder(state)), clock_(clock), launcher_(std::move(launcher)) {}

Backups::Watched Backups::watch(const config::Backup& backup, const config::Settings& settings) const {
  const std::string who = backup::jitter_name(settings, backup.name);
  const std::string& zone = settings.timezone;
  Watched job{.configured = backup,
              .runs = {backup.when, zone, who},
              .drills = {backup.drill.when, zone, who},
              .known_since = clock_.wall()};
  job.view.name = backup.name;
  return job;
}

void Backups::assign(const config::Settings& settings) {
  std::vector<Watched> jobs;
  const bool same_place = backup::place_of(settings_) == backup::place_of(settings);
  for (const config::Backup& backup : settings.backups) {
    Watched job = watch(backup, settings);
    if (Watched* known = find(backup.name)) {
      if (same_place && backup::schedule_text(known->configured) == backup::schedule_text(backup))
        job.known_since = known->known_since;
      job.run = std::move(known->run);
      job.drill = std::move(known->drill);
    }
    jobs.push_back(std::move(job));
  }
  settings_ = settings;
  jobs_ = std::move(jobs);
  clear_ = true;
  trouble_.clear();
  bool changed = false;
  for (Watched& job : jobs_) {
    read(job, changed);
    plan(job, clock_.wall());
  }
}

Backups::Watched* Backups::find(const std::string& name) {
  const auto job = std::ranges::find(jobs_, name, [](const Watched& one) { return one.configured.name; });
  return job == jobs_.end() ? nullptr : &*job;
}

void Backups::look() {
  const WallNs now = clock_.wall();
  const MonoNs mono = clock_.mono();
  take_end(now);
  const bool all = mono >= read_at_;
  if (all) read_at_ = mono + kReadEvery;
  for (Watched& job : jobs_) {
    bool changed = false;
    if (all) read(job, changed);
    if (!changed && now < job.plan_at && mono < job.plan_by) continue;
    job.plan_by = mono + kPlanEvery;
    plan(job, now);
  }
  start_next(now);
}

Backups::Stamp Backups::stamp_of(const std::string& path) {
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, wall_of(info.st_mtim)};
}

/// What is known of the store at this place; which one that is, only those know who open it (and could hang
/// there): what they find they leave in the facts. An idle job costs a stat each time, a running one a look
/// at its lock.
void Backups::read(Watched& job, bool& changed) {
  const std::string& name = job.configured.name;
  if (const Stamp now = stamp_of(folder_ + "/" + name + ".json"); now != job.facts || job.plan_by == 0) {
    job.facts = now;
    job.view.facts = backup::read_job_facts(folder_, name, backup::place_of(settings_));
    keep_schedule(job);
    changed = true;
  }
  // A process that is killed changes no file.
  changed = changed || job.view.runs.running || job.view.drills.running;
}

/// A job that never succeeded is late since then, however often an agent starts. While the job runs, or the
/// disk is full, it cannot be noted: it is when the facts change again.
void Backups::keep_schedule(Watched& job) const {
  const config::Backup& backup = job.configured;
  if (backup.when.none() && backup.drill.when.none()) return;
  if (const auto since = backup::scheduled_since(job.view.facts, backup, clock_.wall())) {
    job.known_since = *since;
    return;
  }
  job.view.facts.scheduled = {backup::schedule_text(backup), job.known_since};
  static_cast<void>(
      backup::note_schedule(folder_, backup.name, job.view.facts.place, job.view.facts.scheduled));
}

void Backups::take_shipped(const std::map<std::string, backup::ShipFacts>& facts) {
  for (Watched& job : jobs_) {
    const auto at = facts.find(job.view.name);
    job.view.shipped.reset();
    if (at != facts.end() && at->second.looked_at != 0) job.view.shipped = at->second;
  }
}

void Backups::plan(Watched& job, WallNs now) {
  backup::JobView& view = job.view;
  backup::Running running = backup::running_of(folder_, view.name, view.facts);
  if (child_ && child_->job == view.name) (child_->drill ? running.drill : running.run) = true;
  view.runs = backup::progress_of_runs(view.facts, running.run);
  view.drills = backup::progress_of_drills(view.facts, running.drill);
  std::string run_error, drill_error;
  add_unrecorded(job.run, view.facts.run, view.runs, run_error);
  add_unrecorded(job.drill, view.facts.drill, view.drills, drill_error);
  backup::plan_view(view, job.runs, job.drills, now, job.known_since);
  if (!run_error.empty()) view.run_error = std::move(run_error);
  if (!drill_error.empty()) view.drill_error = std::move(drill_error);
  job.plan_at = INT64_MAX;
  for (const auto& next : {view.run_plan.next, view.drill_plan.next}) {
    if (next && *next > now) job.plan_at = std::min(job.plan_at, *next);
  }
}

void Backups::add_unrecorded(const Unrecorded& unrecorded, const backup::Attempt& newest,
                             backup::Progress& progress, std::string& error) {
  if (unrecorded.at == 0 || newest.started >= unrecorded.at) return;
  progress.failures += unrecorded.failures;
  progress.tried = unrecorded.at;
  error = unrecorded.error;  // none: what is on record speaks for itself
}

bool Backups::anything_runs() const {
  return child_ || std::ranges::any_of(jobs_, [&](const Watched& job) {
           return backup::job_is_running(folder_, job.configured.name);
         });
}

/// What has waited longest; a backup goes before a drill.
void Backups::start_next(WallNs now) {
  Watched* next = nullptr;
  bool drill = false;
  WallNs waits_since = INT64_MAX;
  for (const bool drills : {false, true}) {
    for (Watched& job : jobs_) {
      const backup::Plan& plan = drills ? job.view.drill_plan : job.view.run_plan;
      const WallNs since = plan.overdue_since.value_or(now);
      if (!plan.start || since >= waits_since) continue;
      next = &job, drill = drills, waits_since = since;
    }
  }
  if ((next == nullptr && !clear_) || anything_runs()) return;
  next != nullptr ? start(*next, drill, now) : clear();
}

/// Drills and backups do it, too, where there still is a job.
void Backups::clear() {
  clear_ = false;
  if (backup::scratch_left(folder_, settings_).empty()) return;
  if (const Status started = launcher_->start("clear", ""); !started) {
    log::warning("what backups that are gone left cannot be cleared: {}", started.error().text());
  } else {
    child_ = Child{.started = clock_.wall()};
  }
}

void Backups::start(Watched& job, bool drill, WallNs now) {
  const std::string& name = job.configured.name;
  const Status started = launcher_->start(drill ? "drill" : "run", name);
  if (!started) {
    trouble_ = fmt::format("the {} {} cannot be started: {}", noun(drill), name, started.error().text());
    Unrecorded& failed = drill ? job.drill : job.run;
    failed = {.at = now, .failures = failed.failures + 1, .error = started.error().text()};
    log::warning("{}", trouble_);
  } else {
    trouble_.clear();
    child_ = Child{.job = name, .drill = drill, .started = now};
    log::info("the {} {} begins", noun(drill), name);
  }
  plan(job, now);
}

void Backups::take_end(WallNs now) {
  const auto end = launcher_->ended();
  if (!end || !child_) return;
  const Child child = *std::exchange(child_, std::nullopt);
  if (child.job.empty() && !end->output.empty()) log::info("{}", end->output);
  Watched* job = find(child.job);
  if (job == nullptr) return;  // it was taken out of the configuration meanwhile
  bool changed = false;
  job->plan_by = 0;
  read(*job, changed);
  const backup::Attempt& attempt = child.drill ? job->view.facts.drill : job->view.facts.run;
  Unrecorded& unrecorded = child.drill ? job->drill : job->run;
  if (end->status == 0 || (attempt.started >= child.started && attempt.finished != 0)) {
    unrecorded = {};
  } else if (attempt.started >= child.started) {
    // On record as cut short, which counts as the failure; why it could perhaps only be printed (a full
    // disk).
    unrecorded = {.at = now, .failures = 0, .error = end->output};
  } else {
    unrecorded = {.at = now, .failures = unrecorded.failures + 1, .error = end->output};
    if (unrecorded.error.empty()) unrecorded.error = wait_status_text(end->status);
  }
  plan(*job, now);
  log_end(job->view, child.drill, *end);
}

void Backups::log_end(const backup::JobView& view, bool drill, const ChildEnd& end) {
  const std::string& error = drill ? view.drill_error : view.run_error;
  if (!error.empty() || end.status != 0) {
    log::warning("the {} {} failed: {}", noun(drill), view.name,
                 error.empty() ? wait_status_text(end.status) : error);
  } else if (drill) {
    const backup::JobFacts::Proved& proved = view.facts.proved;
    const bool proof = proved.finished >= view.facts.drill.started;
    log::info(
        "the drill {} is done: {}", view.name,
        proof ? fmt::format("{} restored in {}", format_bytes(proved.bytes), format_duration(proved.took_ns))
              : "nothing is proved by it");
  } else {
    const backup::JobFacts::Made& made = view.facts.made;
    log::info("the backup {} is made: {} files, {}, {} stored, in {}", view.name, made.files,
              format_bytes(made.bytes), format_bytes(made.bytes_stored),
              format_duration(made.finished - made.started));
  }
}

std::vector<backup::JobView> Backups::views() const {
  std::vector<backup::JobView> out;
  for (const Watched& job : jobs_) out.push_back(job.view);
  return out;
}

}  // namespace steward::agent
