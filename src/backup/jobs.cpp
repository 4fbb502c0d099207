#include "backup/jobs.hpp"

#include <unistd.h>

#include <algorithm>

#include "config/database_url.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::size_t kLargestKey = 4096;

void add_source(Job& job, const std::string& source, const config::Backup& backup,
                const config::Settings& settings) {
  if (source == "journals") {
    // The folders of the runs: what else lies in the state folder can be made again.
    for (const char* folder : {"/bots/*/runs", "/agent/runs", "/keeper/runs"})
      job.sources.push_back({SourceKind::journals, settings.state + folder, backup.excludes});
  } else if (source == "steward") {
    add_source(job, settings.file, backup, settings);
    for (const char* database : {"/agent/steward.db", "/agent/state.db"})
      job.sources.push_back({SourceKind::sqlite, settings.state + database, {}});
    add_source(job, settings.state + "/bots/*/gate", backup, settings);
    add_source(job, "journals", backup, settings);
  } else if (source.starts_with(kSqlite)) {
    job.sources.push_back({SourceKind::sqlite, source.substr(kSqlite.size()), {}});
  } else if (source.starts_with(config::kDatabaseUrl)) {
    job.sources.push_back({SourceKind::postgres, source, {}, backup.plain, backup.row_counts});
  } else {
    job.sources.push_back({SourceKind::files, source, backup.excludes});
  }
}

/// The public key of the host's drill key, which is made with the first.
Result<std::string> drill_public_key(const std::string& state) {
  const std::string path = drill_key_path(state);
  auto line = read_file(path, kLargestKey);
  if (!line && line.error().code() == Code::not_found) {
    const Identity made = make_identity();
    if (auto put = replace_file(path, secret_key_line(made).reveal()); !put)
      return std::unexpected(put.error());
    return made.public_key;
  }
  if (!line) return std::unexpected(line.error());
  const Secret text(std::move(*line));
  auto key = parse_secret_key(text.reveal());
  if (!key) return fail(key.error(), "{}", path);
  return key->public_key;
}

/// What a run of the job leaves for the agent and for `backup status`. That it cannot be written must not
/// keep a backup from being made; the next run says it again.
void keep_facts(const std::string& folder, const std::string& job, const JobFacts& facts,
                BackupReport* report) {
  if (auto kept = write_job_facts(folder, job, facts); !kept && report != nullptr)
    report->notes.push_back("what is known of the job could not be written: " + kept.error().text());
}

}  // namespace

Result<std::unique_ptr<objects::ObjectStore>> open_configured(const config::Objects& objects,
                                                              std::stop_token stop) {
  objects::StoreOptions how;
  how.endpoint = objects.endpoint;
  how.region = objects.region;
  how.profile = objects.profile;
  how.stop = std::move(stop);
  return objects::open_store(objects.url, std::move(how));
}

std::vector<Source> sources_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  for (const std::string& source : backup.sources) add_source(job, source, backup, settings);
  return std::move(job.sources);
}

Result<Job> job_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  job.name = backup.name;
  job.sources = sources_of(backup, settings);
  job.compression = backup.gzip ? Compression::gzip : Compression::zstd;
  job.bytes_a_second = backup.bandwidth;
  for (const auto& [name, line] : backup.encrypt_to) {
    auto key = parse_public_key(line);
    if (!key) return fail(key.error(), "the key \"{}\" of the backup {}", name, backup.name);
    job.recipients.push_back({name, std::move(*key)});
  }
  if (job.recipients.empty() || !backup.drill_key) return job;
  auto drill = drill_public_key(settings.state);
  if (!drill) return std::unexpected(drill.error());
  if (std::ranges::find(job.recipients, *drill, &Recipient::public_key) == job.recipients.end())
    job.recipients.push_back({"drill of " + host_name(), std::move(*drill)});
  return job;
}

Keep keep_of(const config::KeepBackups& keep) {
  const auto count = [](std::int64_t number) { return static_cast<int>(number); };
  return {count(keep.last),   count(keep.hourly),  count(keep.daily),
          count(keep.weekly), count(keep.monthly), count(keep.yearly)};
}

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

std::string work_folder(const std::string& state) {
  return state + "/backup";
}

std::string drill_key_path(const std::string& state) {
  return work_folder(state) + "/drill.key";
}

void note_failure(const config::Settings& settings, const config::Backup& backup, const Error& error) {
  const std::string folder = work_folder(settings.state);
  if (auto made = make_folders(folder, 0700); !made) return;
  const auto lock = lock_job(folder, backup.name);
  if (!lock) return;
  const WallNs now = SystemClock().wall();
  JobFacts facts = read_job_facts(folder, backup.name);
  facts.failures += facts.run.started != 0 && facts.run.finished == 0 ? 2 : 1;
  facts.run = {.started = now, .finished = now, .error = error.text()};
  keep_facts(folder, backup.name, facts, nullptr);
}

Result<JobOutcome> run_job(const config::Settings& settings, const config::Backup& backup,
                           objects::ObjectStore& store, bool full, std::stop_token stop) {
  const std::string folder = work_folder(settings.state);
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  const auto lock = lock_job(folder, backup.name);
  if (!lock) return std::unexpected(lock.error());
  const SystemClock clock;
  JobFacts facts = read_job_facts(folder, backup.name);
  if (facts.run.started != 0 && facts.run.finished == 0) ++facts.failures;  // the one before was cut short
  facts.run = {.started = clock.wall()};
  keep_facts(folder, backup.name, facts, nullptr);
  const Environment environment{
      .clock = &clock, .host = host_name(), .scratch = folder, .stop = std::move(stop)};
  auto job = job_of(backup, settings);
  if (job) job->full = full;
  auto report = job ? run_backup(*job, store, environment) : std::unexpected(job.error());
  facts.run.finished = clock.wall();
  if (!report) {
    facts.run.error = report.error().text();
    ++facts.failures;
    keep_facts(folder, backup.name, facts, nullptr);
    return std::unexpected(report.error());
  }
  facts.failures = 0;
  facts.made = {.time = report->time,
                .started = facts.run.started,
                .finished = facts.run.finished,
                .files = report->files,
                .bytes = report->bytes,
                .bytes_stored = report->bytes_stored,
                .wal = report->wal};
  keep_facts(folder, backup.name, facts, &*report);
  auto pruned = prune(store, backup.name, environment.host, keep_of(backup.keep), clock.wall(), false);
  if (!pruned) {
    facts.run.error = pruned.error().text();
    keep_facts(folder, backup.name, facts, nullptr);
    return fail(pruned.error(), "the backup {} is made, but old ones cannot be removed", report->time);
  }
  return JobOutcome{std::move(*report), std::move(*pruned)};
}

}  // namespace steward::backup
