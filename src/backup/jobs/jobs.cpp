#include "backup/jobs/jobs.hpp"

#include <algorithm>
#include <utility>

#include "backup/jobs/configured.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/jobs/scratch.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/ship/tail_restore.hpp"
#include "backup/sources/agent_snapshot.hpp"

namespace steward::backup {

namespace {

/// What a run of the job leaves for the agent and for `backup status`. That it cannot be written must not
/// keep a backup from being made; the next run says it again.
void keep_facts(const std::string& folder, const std::string& job, const JobFacts& facts,
                BackupReport* report) {
  if (auto kept = write_job_facts(folder, job, facts); !kept && report != nullptr)
    report->notes.push_back("what is known of the job could not be written: " + kept.error().text());
}

/// What this host shipped before the backup begins: no byte of it was written after, so the backup holds all
/// of it. Without an answer nothing is removed.
TailList covered_tails(const config::Backup& backup, objects::ObjectStore& store, const std::string& host) {
  if (!backup.has_journals()) return {};
  auto tails = list_tails(store, backup.name, host);
  return tails ? std::move(*tails) : TailList{};
}

Result<BackupReport> run_sources(const config::Settings& settings, const config::Backup& backup, bool full,
                                 objects::ObjectStore& store, const Environment& environment) {
  auto job = job_of(backup, settings);
  if (!job) return std::unexpected(job.error());
  job->full = full;
  auto snapshot =
      backup.has_steward() ? AgentSnapshot::take(settings.state, environment.stop) : AgentSnapshot::none();
  if (!snapshot) return std::unexpected(snapshot.error());
  for (Source& source : job->sources) {
    if (source.kind == SourceKind::sqlite && source.optional)
      source.copy = snapshot->copy_of(source.path.substr(source.path.rfind('/') + 1));
  }
  return run_backup(*job, store, environment);
}

/// What the backup's name has to come after: what this host wrote while its clock was ahead. Empty mostly.
Result<std::string> newest_time_ahead(const config::Backup& backup, objects::ObjectStore& store,
                                      const Environment& environment, const TailList& tails) {
  const WallNs now = environment.clock->wall();
  auto newest = newest_ahead(store, backup.name, environment.host, now);
  if (newest && !tails.times.empty() && tails.times.back() >= time_name(now))
    *newest = std::max(*newest, tails.times.back());
  return newest;
}

/// What the backup that has just been made replaces: shipped journals, and backups that `keep` does not keep.
Status remove_old(const config::Backup& backup, objects::ObjectStore& store, const Environment& environment,
                  const TailList& covered, JobOutcome& outcome) {
  begin(environment.meter, "removing what is not kept of " + backup.name);
  const auto gone = remove_tails(store, backup.name, environment.host, covered, environment.stop);
  if (gone) outcome.tails_removed = static_cast<std::int64_t>(covered.times.size());
  if (!gone)
    outcome.backup.notes.push_back("shipped journals stay for the next backup to remove: " +
                                   gone.error().text());
  auto pruned =
      prune(store, backup.name, environment.host, keep_of(backup.keep), environment.clock->wall(), false);
  if (!pruned)
    return fail(pruned.error(), "the backup {} is made, but old ones cannot be removed", outcome.backup.time);
  outcome.pruned = std::move(*pruned);
  return {};
}

}  // namespace

void note_failure(const config::Settings& settings, const config::Backup& backup, bool drill,
                  const Error& error) {
  const std::string folder = work_folder(settings.state);
  const auto lock = lock_job(folder, backup.name);
  if (!lock) return;
  const WallNs now = SystemClock().wall();
  JobFacts facts = read_job_facts(folder, backup.name, place_of(settings));
  Attempt& attempt = drill ? facts.drill : facts.run;
  (drill ? facts.drill_failures : facts.failures) += attempt.cut_short() ? 2 : 1;
  attempt = {.started = now, .finished = now, .error = error.text()};
  keep_facts(folder, backup.name, facts, nullptr);
}

Result<JobOutcome> run_job(const config::Settings& settings, const config::Backup& backup,
                           objects::ObjectStore& store, const JobOptions& options) {
  const std::string folder = work_folder(settings.state);
  const auto lock = lock_job(folder, backup.name, kLockPatience);
  if (!lock) return std::unexpected(lock.error());
  const SystemClock system;
  const Clock& clock = options.clock == nullptr ? system : *options.clock;
  JobFacts facts = read_job_facts(folder, backup.name, place_of(settings),
                                  options.elsewhere ? std::string() : store.identity());
  const auto keep = [&](BackupReport* report) {
    if (!options.elsewhere) keep_facts(folder, backup.name, facts, report);
  };
  if (facts.run.cut_short()) ++facts.failures;
  facts.run = {.started = clock.wall()};
  facts.after.clear();
  keep(nullptr);
  std::vector<std::string> left = remove_left_scratch(settings, backup.name);
  Environment environment{.clock = &clock,
                          .host = host_of(settings),
                          .scratch = folder,
                          .stop = options.stop,
                          .meter = options.meter};
  begin(options.meter, "backing up " + backup.name, facts.made.bytes, true);
  const TailList covered = covered_tails(backup, store, environment.host);
  auto after = newest_time_ahead(backup, store, environment, covered);
  if (after && !after->empty()) {
    environment.after = facts.after = *after;
    keep(nullptr);
  }
  auto report = after ? run_sources(settings, backup, options.full, store, environment)
                      : std::unexpected(after.error());
  facts.run.finished = clock.wall();
  if (!report) {
    facts.run.error = report.error().text();
    ++facts.failures;
    keep(nullptr);
    return std::unexpected(report.error());
  }
  const std::int64_t failures = std::exchange(facts.failures, 0);
  facts.made = {.time = report->time,
                .started = facts.run.started,
                .finished = facts.run.finished,
                .files = report->files,
                .bytes = report->bytes,
                .bytes_stored = report->bytes_stored,
                .wal = report->wal};
  keep(&*report);
  JobOutcome outcome{.backup = std::move(*report)};
  std::ranges::move(left, std::back_inserter(outcome.backup.notes));
  if (auto removed = remove_old(backup, store, environment, covered, outcome); !removed) {
    facts.run.error = removed.error().text();
    facts.failures = failures + 1;
    keep(nullptr);
    return std::unexpected(removed.error());
  }
  return outcome;
}

Result<PruneReport> foresee_removal(const config::Settings& settings, const config::Backup& backup,
                                    objects::ObjectStore& store, bool full) {
  const bool whole = full || stands_alone(backup, settings);
  return foresee_prune(store, backup.name, host_of(settings), keep_of(backup.keep), SystemClock().wall(),
                       whole);
}

}  // namespace steward::backup
