#include "backup/jobs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "backup/agent_snapshot.hpp"
#include "backup/catalog.hpp"
#include "backup/scratch.hpp"
#include "backup/ship/ship_file.hpp"
#include "backup/ship/tail_restore.hpp"
#include "config/database_url.hpp"
#include "config/named_files.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kSqlite = "sqlite://";

/// A path as a pattern that means itself.
std::string literal(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

/// What the configuration names and `steward up` needs; secrets only under encryption.
void add_named_files(Job& job, const config::Settings& settings) {
  for (const config::NamedFile& file : config::named_files(settings)) {
    if (!exists(file.path)) continue;
    if (file.secret && job.recipients.empty()) {
      job.notes.push_back(file.path + " is not in this backup because it is not encrypted");
    } else {
      job.sources.push_back({SourceKind::files, literal(file.path), {}});
    }
  }
}

void add_journals(Job& job, const config::Backup& backup, const config::Settings& settings) {
  job.origin.push_back({"state", real_path(settings.state)});
  std::vector<std::string> excludes = backup.excludes;
  excludes.emplace_back("out.fifo");  // else each would be worth a note
  // The folders of the runs: what else lies in the state folder can be made again.
  for (const char* folder : {"/bots/*/runs", "/agent/runs", "/keeper/runs"})
    job.sources.push_back({SourceKind::journals, literal(settings.state) + folder, excludes});
}

/// All that `steward up` needs to go on. The databases come before the journals: how far these were folded
/// must never lie behind their end.
void add_steward(Job& job, const config::Backup& backup, const config::Settings& settings) {
  const std::string state = literal(settings.state);
  job.sources.push_back({SourceKind::files, literal(settings.file), {}});
  job.origin.push_back({"configuration", real_path(settings.file)});
  add_named_files(job, settings);
  for (const char* database : {"/agent/steward.db", "/agent/state.db"})
    job.sources.push_back({SourceKind::sqlite, state + database, {}, true});
  for (const char* file : {"/bots/*/gate", "/bots/*/down", "/agent/totals"})
    job.sources.push_back({SourceKind::files, state + file, {}, true});
  add_journals(job, backup, settings);
}

void add_source(Job& job, const std::string& source, const config::Backup& backup,
                const config::Settings& settings) {
  if (source == "journals") {
    add_journals(job, backup, settings);
  } else if (source == "steward") {
    add_steward(job, backup, settings);
  } else if (source.starts_with(kSqlite)) {
    job.sources.push_back({SourceKind::sqlite, source.substr(kSqlite.size()), {}});
  } else if (source.starts_with(config::kDatabaseUrl)) {
    job.sources.push_back({.kind = SourceKind::postgres,
                           .path = source,
                           .plain = backup.plain,
                           .row_counts = backup.row_counts});
  } else {
    job.sources.push_back({SourceKind::files, source, backup.excludes});
  }
}

bool holds_steward(const config::Backup& backup) {
  return std::ranges::find(backup.sources, "steward") != backup.sources.end();
}

JournalWatch::Settings watch_of(const config::Backup& backup, const config::Settings& settings) {
  const bool own = holds_steward(backup);
  return {real_path(settings.state), own ? real_path(settings.file) : "", own, backup.excludes};
}

/// The public key of the host's drill key, which is made with the first.
Result<std::string> drill_public_key(const std::string& state) {
  const std::string path = drill_key_path(state);
  auto key = read_secret_key(path);
  if (!key && key.error().code() == Code::not_found) {
    key = make_identity();
    if (auto put = replace_file(path, secret_key_line(*key).reveal()); !put)
      return std::unexpected(put.error());
  }
  if (!key) return std::unexpected(key.error());
  return key->public_key;
}

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
      holds_steward(backup) ? AgentSnapshot::take(settings.state, environment.stop) : AgentSnapshot::none();
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

objects::StoreOptions store_options(const config::Objects& objects) {
  objects::StoreOptions how;
  how.endpoint = objects.endpoint;
  how.region = objects.region;
  how.profile = objects.profile;
  return how;
}

}  // namespace

Result<std::unique_ptr<objects::ObjectStore>> open_configured(const config::Objects& objects,
                                                              std::stop_token stop, std::int64_t deadline_ns,
                                                              bool read_only) {
  objects::StoreOptions how = store_options(objects);
  how.read_only = read_only;
  how.deadline_ns = deadline_ns;
  how.stop = std::move(stop);
  return objects::open_store(objects.url, std::move(how));
}

Result<std::unique_ptr<objects::BucketLifecycle>> open_configured_lifecycle(const config::Objects& objects) {
  objects::StoreOptions how = store_options(objects);
  how.deadline_ns = 60 * kSecond;  // somebody waits
  return objects::open_lifecycle(objects.url, std::move(how));
}

std::vector<Source> sources_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  for (const std::string& source : backup.sources) add_source(job, source, backup, settings);
  return std::move(job.sources);
}

bool stands_alone(const config::Backup& backup, const config::Settings& settings) {
  return std::ranges::all_of(sources_of(backup, settings), [](const Source& source) {
    return source.kind == SourceKind::postgres || source.kind == SourceKind::sqlite;
  });
}

Result<std::vector<Recipient>> recipients_of(const config::Backup& backup, const config::Settings& settings) {
  std::vector<Recipient> recipients;
  for (const auto& [name, line] : backup.encrypt_to) {
    auto key = parse_public_key(line);
    if (!key) return fail(key.error(), "the key \"{}\" of the backup {}", name, backup.name);
    recipients.push_back({name, std::move(*key)});
  }
  if (recipients.empty() || !backup.drill_key) return recipients;
  auto drill = drill_public_key(settings.state);
  if (!drill) return std::unexpected(drill.error());
  if (std::ranges::find(recipients, *drill, &Recipient::public_key) == recipients.end())
    recipients.push_back({"drill of " + host_of(settings), std::move(*drill)});
  return recipients;
}

Result<Job> job_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  job.name = backup.name;
  auto recipients = recipients_of(backup, settings);
  if (!recipients) return std::unexpected(recipients.error());
  job.recipients = std::move(*recipients);
  // A database first: the folder it lies in, when that is a source too, then leaves it alone.
  for (const bool databases : {true, false}) {
    for (const std::string& source : backup.sources) {
      if (source.starts_with(kSqlite) == databases) add_source(job, source, backup, settings);
    }
  }
  job.compression = backup.gzip ? Compression::gzip : Compression::zstd;
  job.bytes_a_second = backup.bandwidth;
  return job;
}

Result<ShipJob> ship_job_of(const config::Backup& backup, const config::Settings& settings) {
  const std::string folder = work_folder(settings.state);
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  auto recipients = recipients_of(backup, settings);
  if (!recipients) return std::unexpected(recipients.error());
  return ShipJob{.name = backup.name,
                 .host = host_of(settings),
                 .recipients = std::move(*recipients),
                 .watch = watch_of(backup, settings),
                 .work_folder = folder,
                 .place = place_of(settings)};
}

ShipFacts unshipped(const config::Backup& backup, const config::Settings& settings, const Clock& clock) {
  const std::string folder = work_folder(settings.state);
  const std::string place = place_of(settings);
  ShipFile known = read_ship_file(folder, backup.name, place);
  ShipState state;
  state.restore(std::move(known.files), known.facts);
  if (const WallNs made = read_job_facts(folder, backup.name, place).made.started; made != 0)
    state.covered(made);
  std::vector<Seen> seen;
  // What cannot be read now cannot be shipped either; the shipper says so.
  static_cast<void>(JournalWatch(watch_of(backup, settings)).look(state, clock.wall(), seen));
  std::erase_if(seen, [](const Seen& file) { return file.kind != PieceKind::grow; });
  static_cast<void>(state.next(seen, 0, clock.wall()));
  ShipFacts facts = state.facts();
  facts.error = known.facts.error;
  facts.failing_since = known.facts.failing_since;
  return facts;
}

Keep keep_of(const config::KeepBackups& keep) {
  const auto count = [](std::int64_t number) { return static_cast<int>(number); };
  return {count(keep.last),   count(keep.hourly),  count(keep.daily),
          count(keep.weekly), count(keep.monthly), count(keep.yearly)};
}

std::string host_of(const config::Settings& settings) {
  return settings.objects.host.empty() ? host_name() : settings.objects.host;
}

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

std::string place_of(const config::Settings& settings) {
  const config::Objects& objects = settings.objects;
  return fmt::format("{} {} {}", objects.url, objects.endpoint, host_of(settings));
}

std::string work_folder(const std::string& state) {
  return state + "/backup";
}

std::string drill_key_path(const std::string& state) {
  return work_folder(state) + "/drill.key";
}

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
  JobFacts facts = read_job_facts(folder, backup.name, place_of(settings));
  if (facts.run.cut_short()) ++facts.failures;
  facts.run = {.started = clock.wall()};
  facts.after.clear();
  keep_facts(folder, backup.name, facts, nullptr);
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
    keep_facts(folder, backup.name, facts, nullptr);
  }
  auto report = after ? run_sources(settings, backup, options.full, store, environment)
                      : std::unexpected(after.error());
  facts.run.finished = clock.wall();
  if (!report) {
    facts.run.error = report.error().text();
    ++facts.failures;
    keep_facts(folder, backup.name, facts, nullptr);
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
  keep_facts(folder, backup.name, facts, &*report);
  JobOutcome outcome{.backup = std::move(*report)};
  std::ranges::move(left, std::back_inserter(outcome.backup.notes));
  if (auto removed = remove_old(backup, store, environment, covered, outcome); !removed) {
    facts.run.error = removed.error().text();
    facts.failures = failures + 1;
    keep_facts(folder, backup.name, facts, nullptr);
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
